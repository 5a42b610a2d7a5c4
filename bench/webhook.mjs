// One WhatsApp webhook of about 1.2 kB with a single text message, signed as Meta signs it.
import { createHmac } from 'node:crypto';

const filler = 'Hola, compré unas zapatillas hace diez días y todavía no han llegado. ¿Me pueden decir dónde está el paquete? ';

/** @returns the message's external id, the body's bytes and the signature header. */
export function webhook(run, number, appSecret, phoneNumberId = '100200300') {
  const externalId = `wamid.bench.${run}.${number}`;
  const buyer = `34600${String(number % 500).padStart(6, '0')}`;
  const body = Buffer.from(
    JSON.stringify({
      object: 'whatsapp_business_account',
      entry: [
        {
          id: '200300400',
          changes: [
            {
              field: 'messages',
              value: {
                messaging_product: 'whatsapp',
                metadata: { display_phone_number: '34910000000', phone_number_id: phoneNumberId },
                contacts: [{ profile: { name: `Buyer ${number % 500}` }, wa_id: buyer }],
                messages: [
                  {
                    from: buyer,
                    id: externalId,
                    timestamp: String(Math.floor(Date.now() / 1000)),
                    type: 'text',
                    text: { body: `${filler.repeat(6)}Pedido AB-${10_000 + number}.` },
                  },
                ],
              },
            },
          ],
        },
      ],
    }),
  );
  const signature = `sha256=${createHmac('sha256', appSecret).update(body).digest('hex')}`;
  return { externalId, body, signature };
}
