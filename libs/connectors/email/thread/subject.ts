const PREFIXES =
  're|aw|sv|vs|antw|antwort|odp|rv|res|ynt|yn|bls|ref|rif|r|tr|fw|fwd|wg|vb|vl|enc|i|doorst|回复|回覆|答复|答覆|回信|转发|轉寄|转寄|返信|転送|회신|답장|re답장|전달|отв|ответ|пересл|на|відп|fs|rép|réf|trans|ατ|σχετ|απ|πρθ|השב|הועבר|تعالى|رد|إعادة توجيه|ตอบ|ส่งต่อ|trả lời|chuyển tiếp|balas|terusan|pd|továbbítás|válasz|spam';
const PREFIX = new RegExp(
  `^(?:(?:${PREFIXES})\\s*(?:\\[\\d{1,3}\\]|\\(\\d{1,3}\\)|\\^?\\d{1,3})?\\s*[:：]|\\[[^\\]\\[]{1,40}\\])\\s*`,
  'iu',
);
const REPLY = new RegExp(`^\\s*(?:${PREFIXES})\\s*(?:\\[\\d{1,3}\\]|\\(\\d{1,3}\\)|\\^?\\d{1,3})?\\s*[:：]`, 'iu');
const PREFIXES_MAX = 20;

/** A subject without what replies, forwards and lists put before it. */
export function baseSubject(subject: string): string {
  let base = subject.normalize('NFC').replaceAll(/\s+/g, ' ').trim().slice(0, 500);
  for (let i = 0; i < PREFIXES_MAX; i++) {
    const next = base.replace(PREFIX, '');
    if (next === base) break;
    base = next;
  }
  return base.trim();
}

export const hasReplyPrefix = (subject: string): boolean => REPLY.test(subject);

const GENERIC =
  /^(order|orders|my order|question|questions|help|hello|hi|hey|info|information|contact|request|support|message|test|inquiry|enquiry|urgent|important|\(?no subject\)?|bestellung|frage|anfrage|hallo|commande|question|bonjour|pedido|pregunta|hola|consulta|ordine|domanda|ciao|заказ|вопрос|здравствуйте|привет|订单|咨询|你好|您好|问题|注文|問い合わせ|お問い合わせ|質問|주문|문의|안녕하세요|طلب|استفسار|הזמנה|שאלה)[\s!?.。！？]*$/iu;

/** Says so little that two mails with it need not belong together. */
export const isGenericSubject = (base: string): boolean => base.length < 4 || GENERIC.test(base);
