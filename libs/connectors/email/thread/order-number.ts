const WORDS =
  'order|order id|order no|order number|order ref(?:erence)?|purchase order|bestellung|bestellnummer|bestell-?nr|auftrag|auftragsnummer|commande|pedido|orden|encomenda|ordine|bestelling|ordernummer|заказ[ау]?|замовлення|zamówieni[ea]|zamówienie nr|objednávk[ay]|sipariş|comanda|rendelés|παραγγελία|ordre|beställning|tilaus|订单号?|订单编号|訂單編號|訂單號?|注文番号|ご注文番号|オーダー番号|주문 ?번호|رقم الطلب|طلب|מספר הזמנה|הזמנה|đơn hàng|mã đơn hàng|หมายเลขคำสั่งซื้อ|คำสั่งซื้อ|pesanan|nomor pesanan';
const NUMBER = '[A-Z]{0,5}[-_]?\\d[A-Z0-9-]{3,29}';
const PATTERN = new RegExp(
  `(?:${WORDS})\\s{0,3}(?:(?:number|nummer|nr|no|id|numéro|número|num|numero|numer|номер|号|番号|№|n[°º])\\.?)?\\s{0,3}(?:(?:is|was|ist|lautet|est|es|é|è|это|是|为|為|は)\\s{0,2})?[:：#№.]{0,3}\\s{0,3}#?(${NUMBER})`,
  'giu',
);
const NUMBERS_MAX = 3;
const LOOKED_AT = 5_000;

/** Order numbers named as such: a word for "order" in the buyer's language, then a number of five characters or more. */
export function orderNumbers(...texts: readonly string[]): string[] {
  const found = new Set<string>();
  for (const text of texts)
    for (const match of text.slice(0, LOOKED_AT).matchAll(PATTERN)) {
      const number = match[1]?.toUpperCase().replace(/-+$/, '') ?? '';
      if (number.length >= 5 && /\d{3}/.test(number) && found.size < NUMBERS_MAX) found.add(number);
    }
  return [...found];
}
