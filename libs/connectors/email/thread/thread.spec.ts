import { createHash } from 'node:crypto';
import { conversationId, replyId } from '@parley/model';
import {
  baseSubject,
  hasReplyPrefix,
  makeMark,
  makeReplyAddress,
  messageIdOf,
  orderNumbers,
  readMark,
  readReplyAddress,
} from '.';

const key = createHash('sha256').update('key').digest();
const other = createHash('sha256').update('other').digest();
const mail = { messageId: replyId('cnv_x', 'k'), conversationId: conversationId('acc', 't'), attempt: 3, to: 'Ana@buyer.test' };

describe('our mark in a Message-ID', () => {
  it('is the same for the same message and attempt, and another for another', () => {
    expect(makeMark(key, mail)).toBe(makeMark(key, { ...mail }));
    expect(makeMark(key, { ...mail, attempt: 4 })).not.toBe(makeMark(key, mail));
  });
  it('brings back what it names, also in lower case, with brackets and domain', () => {
    const id = messageIdOf(makeMark(key, mail), 'support@bücher.test');
    expect(id).toMatch(/^<[0-9a-z.]{60,90}@xn--bcher-kva\.test>$/);
    for (const form of [id, id.toLowerCase(), id.slice(1, -1), ` ${id} `]) {
      const mark = readMark(key, form);
      expect(mark).toMatchObject({ messageId: mail.messageId, conversationId: mail.conversationId, attempt: 3 });
      expect(mark?.isTo('ana@BUYER.test')).toBe(true);
      expect(mark?.isTo('bo@buyer.test')).toBe(false);
    }
  });
  it('carries ids of any form', () => {
    const strange = { messageId: 'msg_1', conversationId: 'Ünï/7', attempt: 1, to: 'a@b.test' };
    expect(readMark(key, makeMark(key, strange))).toMatchObject({ messageId: 'msg_1', conversationId: 'Ünï/7' });
  });
  it.each([null, '', '<>', '<a@b>', '<a.b.1.cccc.dddddddddddddd@x>', `<${'a.'.repeat(1_000)}@x>`])(
    'is not seen in %j',
    (text) => {
      expect(readMark(key, text)).toBeNull();
    },
  );
  it('is not believed when changed or made with another key', () => {
    const mark = makeMark(key, mail);
    expect(readMark(other, mark)).toBeNull();
    for (let i = 0; i < mark.length; i++) {
      const char = mark[i] === '0' ? '1' : '0';
      if (mark[i] !== '.') expect(readMark(key, mark.slice(0, i) + char + mark.slice(i + 1))).toBeNull();
    }
  });
});

describe('the signed reply address', () => {
  const address = makeReplyAddress(key, 'support@shop.test', mail.conversationId) ?? '';
  it('fits into a local part and survives capitals', () => {
    expect(address.split('@')[0]!.length).toBeLessThanOrEqual(64);
    expect(readReplyAddress(key, 'Support@shop.test', ['x@y.test', address.toUpperCase()])).toBe(mail.conversationId);
  });
  it('is ignored when forged, of another account or plain', () => {
    expect(readReplyAddress(other, 'support@shop.test', [address])).toBeNull();
    expect(readReplyAddress(key, 'sales@shop.test', [address])).toBeNull();
    expect(
      readReplyAddress(key, 'support@shop.test', ['support@shop.test', 'support+@shop.test', 'support+a-b@shop.test', '']),
    ).toBeNull();
  });
  it('is not made for what does not fit', () => {
    expect(makeReplyAddress(key, `${'x'.repeat(40)}@shop.test`, mail.conversationId)).toBeNull();
    expect(makeReplyAddress(key, 'support@shop.test', 'odd id')).toBeNull();
  });
});

describe('subjects', () => {
  it.each([
    ['Re: Lamp', 'Lamp'],
    ['RE: FW: Re[2]: Lamp', 'Lamp'],
    ['AW: WG: Lampe', 'Lampe'],
    ['[list] Re: [list] Lamp', 'Lamp'],
    ['回复：转发: 台灯', '台灯'],
    ['Re:返信:ランプ', 'ランプ'],
    ['Отв: Лампа', 'Лампа'],
    ['SV: Sv: Lampa', 'Lampa'],
    ['YNT: Lamba', 'Lamba'],
    ['Réf : Lampe', 'Lampe'],
    ['השב: מנורה', 'מנורה'],
    ['رد: مصباح', 'مصباح'],
    ['Regarding: Lamp', 'Regarding: Lamp'],
    ['Res:', ''],
    ['  a   b ', 'a b'],
  ])('%j is %j', (subject, base) => expect(baseSubject(subject)).toBe(base));
  it('knows a reply by its prefix', () => {
    expect(['Re: x', 'AW: x', '回复：x', 'RE[3]: x'].every(hasReplyPrefix)).toBe(true);
    expect(['Reply x', 'x Re: y', 'Return: x'].some(hasReplyPrefix)).toBe(false);
  });
});

describe('order numbers', () => {
  it.each([
    ['Order 12345', ['12345']],
    ['my order number is AB-99123.', ['AB-99123']],
    ['订单编号：2026030399887', ['2026030399887']],
    ['Objednávka č. 778899', []],
    ['zamówienie nr 778899', ['778899']],
    ['Sipariş No: 5566778', ['5566778']],
    ['in order to get 2 lamps', []],
    ['order 42', []],
    ['phone +49 30 123456', []],
  ])('%j names %j', (text, numbers) => expect(orderNumbers(text)).toEqual(numbers));
});
