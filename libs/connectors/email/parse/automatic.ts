import type { Headers } from './headers';
import type { DeliveryReport } from './report';

/** What sent this mail. Only `human` may be answered by a machine or start a clock. */
export type MailClass =
  | 'human'
  | 'auto-reply'
  | 'auto-generated'
  | 'bounce'
  | 'delayed'
  | 'complaint'
  | 'read-receipt'
  | 'list'
  | 'loop';

const RECEIVED_MAX = 50;
const MACHINE_LOCAL =
  /^(mailer-daemon|postmaster|no-?reply|do-?not-?reply|bounces?|notifications?|auto-?confirm|noreply-[\w-]+|ne-?pas-?repondre)([+.-]|@|$)/i;
/** Marketplaces relay people's mail with machine headers. */
const RELAY_DOMAIN = /@(marketplace\.amazon\.[a-z.]{2,6}|members\.ebay\.[a-z.]{2,6})$/i;
const AUTO_REPLY_HEADERS = [
  'x-autoreply',
  'x-autorespond',
  'x-autoreply-from',
  'x-mail-autoreply',
  'auto-reply',
  'x-autoresponder',
  'x-fc-machinegenerated',
  'x-ms-exchange-inbox-rules-loop',
];
const AUTO_SUBJECT =
  /^\s*(automatic reply|auto(matic)?[ -]?reply|auto:|autoreply|out of (the )?office|abwesenheit|automatische antwort|réponse automatique|absence|absent du bureau|respuesta automática|fuera de la oficina|resposta automática|ausência|risposta automatica|fuori sede|automatisch antwoord|afwezig|автоответ|автоматический ответ|автоматична відповідь|autom(atická|\.) odpověď|automatyczna odpowiedź|nieobecno|automatiskt? svar|autosvar|frånvaro|fravær|automaattinen vastaus|poissa|otomatik yanıt|automatikus válasz|răspuns automat|αυτόματη απάντηση|自动回复|自動回覆|自动答复|自動返信|不在|자동 ?(응답|회신)|부재중|رد تلقائي|الرد التلقائي|תשובה אוטומטית|מענה אוטומטי|trả lời tự động|ตอบกลับอัตโนมัติ|balasan otomatis)/i;

/** Reasons are the headers that said so: facts for a person who wonders why a mail was taken for a machine's. */
export function classifyMail(
  headers: Headers,
  from: string | null,
  subject: string | null,
  reports: readonly DeliveryReport[],
  looksBounced: boolean,
): { class: MailClass; reasons: string[] } {
  const is = (mailClass: MailClass, ...reasons: string[]) => ({ class: mailClass, reasons });
  if (headers.allRaw('received').length > RECEIVED_MAX) return is('loop', 'received');
  const [report] = reports;
  if (report) {
    if (report.action === 'read') return is('read-receipt', 'report');
    if (report.action === 'complaint') return is('complaint', 'report');
    return is(report.action === 'delayed' ? 'delayed' : report.action === 'failed' ? 'bounce' : 'auto-generated', 'report');
  }
  if (looksBounced) return is('bounce', 'daemon');
  if (RELAY_DOMAIN.test(from ?? '')) return is('human', 'relay');

  const submitted = (headers.text('auto-submitted') ?? '').toLowerCase().split(';')[0]?.trim() ?? '';
  if (submitted && submitted !== 'no')
    return is(submitted.startsWith('auto-replied') ? 'auto-reply' : 'auto-generated', 'auto-submitted');
  const precedence = (headers.text('precedence') ?? '').trim().toLowerCase();
  if (precedence === 'auto_reply') return is('auto-reply', 'precedence');
  const replyHeader = AUTO_REPLY_HEADERS.find((name) => headers.has(name) && !/^(no|false)$/i.test(headers.text(name) ?? ''));
  if (replyHeader) return is('auto-reply', replyHeader);
  if (/autoresponder/i.test(headers.text('x-post-messageclass') ?? '')) return is('auto-reply', 'x-post-messageclass');

  const weak: string[] = [];
  if (headers.raw('return-path')?.trim() === '<>') weak.push('return-path');
  if (headers.has('x-auto-response-suppress')) weak.push('x-auto-response-suppress');
  if (MACHINE_LOCAL.test(from ?? '')) weak.push('from');
  const autoSubject = AUTO_SUBJECT.test(subject ?? '');
  if (autoSubject && (weak.length > 0 || headers.has('in-reply-to'))) return is('auto-reply', 'subject', ...weak);
  if (weak.includes('return-path')) return is('auto-reply', ...weak);

  const list = ['list-id', 'list-unsubscribe', 'list-post', 'feedback-id'].find((name) => headers.has(name));
  if (list || /^(bulk|list|junk)$/.test(precedence)) return is('list', list ?? 'precedence');
  if (weak.includes('from')) return is('auto-generated', ...weak);
  return is('human', ...weak);
}
