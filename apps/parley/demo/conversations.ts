import type { DemoChannel } from './shop';

export interface DemoMessage {
  /** How long before the demo was made. */
  readonly minutesAgo: number;
  /** `shop`: answered outside Parley, on the channel's own page or phone. */
  readonly from: 'buyer' | 'shop';
  readonly text: string;
  /** What it says in the shop's language. */
  readonly zh: string;
}

/** An answer given in Parley: written in Chinese, sent in the buyer's language. */
export interface DemoReply {
  readonly zh: string;
  readonly text: string;
  /** How far it came. */
  readonly state: 'sent' | 'delivered' | 'read' | 'failed';
}

export interface DemoOrder {
  readonly number: string;
  readonly title: string;
  readonly sku: string;
  readonly variant: string;
  readonly quantity: number;
  readonly price: number;
  readonly currency: string;
  readonly state: 'paid' | 'shipped' | 'delivered';
  readonly tracking?: string;
}

export interface DemoConversation {
  /** Names the thread within its account. */
  readonly key: string;
  readonly channel: DemoChannel;
  readonly language: string;
  readonly buyer: { readonly name: string; readonly address: string };
  readonly subject?: string;
  readonly order?: DemoOrder;
  readonly messages: readonly DemoMessage[];
  readonly reply?: DemoReply;
}

export const conversations: readonly DemoConversation[] = [
  {
    key: 'lucia',
    channel: 'whatsapp',
    language: 'es',
    buyer: { name: 'Lucía Ferrer', address: '34600000101' },
    messages: [
      {
        minutesAgo: 190,
        from: 'buyer',
        text: '¡Hola! Mi pedido LP-20418 figura como enviado desde hace nueve días, pero el seguimiento RR480021937CN no se mueve.',
        zh: '您好！我的订单 LP-20418 显示九天前已发货，但运单 RR480021937CN 一直没有更新。',
      },
      {
        minutesAgo: 188,
        from: 'buyer',
        text: '¿Me podéis decir si llega antes del 12 de diciembre? Es un regalo.',
        zh: '能告诉我 12 月 12 日之前能到吗？这是一份礼物。',
      },
    ],
    reply: {
      zh: '您好 Lucía，包裹 RR480021937CN 已经到达马德里海关，预计 12 月 9 日前送达。如果 9 日还没到，我们会为您免费补发。',
      text: 'Hola, Lucía: el paquete RR480021937CN ya está en la aduana de Madrid y debería llegar antes del 9 de diciembre. Si el día 9 no lo tienes, te enviamos otro sin coste.',
      state: 'read',
    },
  },
  {
    key: 'thiago',
    channel: 'whatsapp',
    language: 'pt',
    buyer: { name: 'Thiago Moura', address: '5511900000102' },
    messages: [
      {
        minutesAgo: 75,
        from: 'buyer',
        text: 'Boa tarde! A lanterna LN-200 funciona em 127 V? E vocês têm na cor verde?',
        zh: '下午好！LN-200 提灯支持 127 V 吗？有绿色的吗？',
      },
    ],
    reply: {
      zh: '支持，LN-200 的充电器适用于 100–240 V。绿色有现货，今天下单明天发出。',
      text: 'Funciona sim: o carregador da LN-200 aceita de 100 a 240 V. A verde está em estoque; pedindo hoje, enviamos amanhã.',
      state: 'delivered',
    },
  },
  {
    key: 'huda',
    channel: 'whatsapp',
    language: 'ar',
    buyer: { name: 'هدى', address: '971500000103' },
    messages: [
      {
        minutesAgo: 34,
        from: 'buyer',
        text: 'مرحبا، وصلني الطلب LP-20455 اليوم لكن الزجاج مكسور. هل يمكن استبداله؟',
        zh: '您好，我今天收到了订单 LP-20455，但是玻璃碎了。可以换一个吗？',
      },
      {
        minutesAgo: 31,
        from: 'buyer',
        text: 'أحتاج قطعة واحدة فقط، الموديل SK-15.',
        zh: '我只需要一件，型号 SK-15。',
      },
    ],
  },
  {
    key: 'maelle',
    channel: 'whatsapp',
    language: 'fr',
    buyer: { name: 'Maëlle R.', address: '33600000104' },
    messages: [
      {
        minutesAgo: 640,
        from: 'buyer',
        text: 'Bonjour, la guirlande SK-15 résiste-t-elle à la pluie ? Je voudrais la laisser dehors tout l’hiver.',
        zh: '您好，SK-15 灯串防雨吗？我想整个冬天都放在户外。',
      },
    ],
    reply: {
      zh: '您好，SK-15 的防护等级是 IP65，可以淋雨；低于 −15 °C 时请收进室内。',
      text: 'Bonjour, la SK-15 est classée IP65 et supporte la pluie ; en dessous de −15 °C, rentrez-la, s’il vous plaît.',
      state: 'failed',
    },
  },
  {
    key: 'mori',
    channel: 'email',
    language: 'ja',
    buyer: { name: '森 あかり', address: 'akari.mori@kunde.example' },
    subject: '注文 LP-20431 の届け先変更について',
    messages: [
      {
        minutesAgo: 260,
        from: 'buyer',
        text: 'お世話になっております。注文番号 LP-20431 の件ですが、引っ越しのため届け先を変更したいです。まだ間に合いますでしょうか。よろしくお願いいたします。',
        zh: '您好，关于订单 LP-20431：由于搬家，我想更改收货地址。现在还来得及吗？拜托了。',
      },
    ],
    reply: {
      zh: '您好，订单 LP-20431 尚未发货，来得及。请把新地址和电话发给我们，我们今天就更新。',
      text: 'お問い合わせありがとうございます。ご注文 LP-20431 はまだ発送前ですので、変更可能です。新しいご住所とお電話番号をお知らせください。本日中に更新いたします。',
      state: 'sent',
    },
  },
  {
    key: 'brandt',
    channel: 'email',
    language: 'de',
    buyer: { name: 'Jonas Brandt', address: 'jonas.brandt@kunde.example' },
    subject: 'Rechnung zu Bestellung LP-20397',
    messages: [
      {
        minutesAgo: 140,
        from: 'buyer',
        text: 'Guten Tag, für die Bestellung LP-20397 über 89,90 € brauche ich noch eine Rechnung mit ausgewiesener Mehrwertsteuer. Könnten Sie mir diese bitte als PDF schicken?',
        zh: '您好，订单 LP-20397（89,90 €）我还需要一张列明增值税的发票。可以请您把 PDF 发给我吗？',
      },
    ],
  },
  {
    key: 'carlier',
    channel: 'email',
    language: 'fr',
    buyer: { name: 'Odile Carlier', address: 'odile.carlier@kunde.example' },
    subject: 'Retour de la lampe TR-3',
    messages: [
      {
        minutesAgo: 1_520,
        from: 'buyer',
        text: 'Bonjour, la lampe TR-3 (commande LP-20366) ne me convient pas, elle est trop grande pour mon balcon. Comment puis-je la retourner et sous quel délai serai-je remboursée ?',
        zh: '您好，TR-3 灯（订单 LP-20366）不太合适，放在我的阳台上太大了。怎么退货？多久能退款？',
      },
    ],
  },
  {
    key: '2000009000000101',
    channel: 'mercadolibre',
    language: 'es',
    buyer: { name: 'Camila Duarte', address: '300000101' },
    order: {
      number: '2000009000000101',
      title: 'Farol LED recargable LN-200',
      sku: 'LN-200-GR',
      variant: 'Verde',
      quantity: 2,
      price: 48_900,
      currency: 'ARS',
      state: 'shipped',
      tracking: 'MEL40012345678',
    },
    messages: [
      {
        minutesAgo: 420,
        from: 'buyer',
        text: 'Hola, ¿el farol viene con cable USB-C? En la caja solo encontré el manual.',
        zh: '您好，这款提灯带 USB-C 线吗？盒子里我只看到说明书。',
      },
      {
        minutesAgo: 395,
        from: 'shop',
        text: 'Hola, Camila: sí, el cable está debajo de la base. ¿Lo ves?',
        zh: '您好 Camila，有的，线在底座下面。看到了吗？',
      },
      {
        minutesAgo: 20,
        from: 'buyer',
        text: '¡Ahí estaba! Mil gracias. Otra cosa: ¿cuántas horas dura la batería en nivel 3?',
        zh: '找到了！非常感谢。还有一个问题：3 档亮度下电池能用几个小时？',
      },
    ],
  },
  {
    key: 'visitor-demo-nora',
    channel: 'webchat',
    language: 'en',
    buyer: { name: 'Nora', address: 'visitor-demo-nora' },
    messages: [
      {
        minutesAgo: 0,
        from: 'buyer',
        text: 'Hi! Does the TR-3 tripod lamp fold flat enough for a 50 cm suitcase?',
        zh: '你好！TR-3 三脚架灯折叠后能放进 50 厘米的行李箱吗？',
      },
      {
        minutesAgo: 0,
        from: 'buyer',
        text: 'And is there a discount if I take three?',
        zh: '另外，买三个有优惠吗？',
      },
    ],
  },
];
