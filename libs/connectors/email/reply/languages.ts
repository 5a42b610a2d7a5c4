/**
 * What mail programs and people write around a reply, by language. Words are lower case and matched on a line that was
 * brought to the same form (see `foldLine`); `[` and `(` stand for themselves.
 */
export interface ReplyWords {
  /** The verb or ending of the line above a quote: "On … NAME wrote:". */
  readonly wrote: readonly string[];
  /** How such a line starts, where it does. */
  readonly opens?: readonly string[];
  /** Labels of a header block: "From: … Sent: … To: … Subject: …". */
  readonly from: readonly string[];
  readonly sent: readonly string[];
  readonly to: readonly string[];
  readonly subject: readonly string[];
  readonly cc?: readonly string[];
  /** Between dashes, above a quoted mail. */
  readonly original: readonly string[];
  /** Between dashes, above a forwarded mail. */
  readonly forwarded: readonly string[];
  /** "Sent from my phone": what the line starts with, or ends with when it begins with `…`. */
  readonly device: readonly string[];
  /** Formulas that close a letter. Those that end in `!` close it only with a name after them: "Thanks". */
  readonly closing: readonly string[];
}

const words = (text: string): string[] => text.split('|');

export const replyWords: Readonly<Record<string, ReplyWords>> = {
  en: {
    wrote: words('wrote|writes|has written|said'),
    opens: words('on |at '),
    from: words('from'),
    sent: words('sent|date|sent on'),
    to: words('to'),
    subject: words('subject'),
    cc: words('cc|bcc|reply-to'),
    original: words('original message|original email|reply message|original mail'),
    forwarded: words('forwarded message|forwarded by|begin forwarded message|forwarded mail|forwarded email'),
    device: words(
      'sent from my |sent from mail for |sent from yahoo|sent from outlook|get outlook for |sent via |sent with |sent using |sent from proton|sent from samsung|sent from mobile',
    ),
    closing: words(
      'best regards|kind regards|kindest regards|warm regards|best wishes|regards|many thanks and regards|thanks and regards|thanks & regards|with best regards|with kind regards|yours sincerely|yours faithfully|yours truly|sincerely|sincerely yours|all the best|best|cheers!|thanks!|thank you!|many thanks!|thanks a lot!|thanks in advance!|thank you in advance!|thank you very much!|br|rgds',
    ),
  },
  de: {
    wrote: words('schrieb|schrieben|hat geschrieben|geschrieben'),
    opens: words('am '),
    from: words('von'),
    sent: words('gesendet|datum|gesendet am'),
    to: words('an'),
    subject: words('betreff'),
    cc: words('kopie|antwort an'),
    original: words('ursprüngliche nachricht|originalnachricht|original-nachricht|urspr. nachricht'),
    forwarded: words(
      'weitergeleitete nachricht|weitergeleitete mail|anfang der weitergeleiteten nachricht|weitergeleitet von|weitergeleitete e-mail',
    ),
    device: words(
      'von meinem |gesendet von |von unterwegs gesendet|gesendet mit |diese nachricht wurde von meinem|…gesendet mit gmx|holen sie sich outlook',
    ),
    closing: words(
      'mit freundlichen grüßen|mit freundlichen grüssen|mit freundlichem gruß|mit freundlichem gruss|freundliche grüße|freundliche grüsse|viele grüße|viele grüsse|beste grüße|beste grüsse|liebe grüße|liebe grüsse|schöne grüße|herzliche grüße|mit besten grüßen|gruß|grüße|lg|vg|mfg|hochachtungsvoll|danke!|vielen dank!|besten dank!',
    ),
  },
  fr: {
    wrote: words('a écrit|écrivait|écrit'),
    opens: words('le '),
    from: words('de|expéditeur'),
    sent: words('envoyé|date|envoyé le'),
    to: words('à|destinataire'),
    subject: words('objet|sujet'),
    cc: words('cc|copie à'),
    original: words("message d'origine|message original|message d’origine|mail original"),
    forwarded: words(
      'message transféré|message transmis|début du message réexpédié|début du message transféré|message réexpédié',
    ),
    device: words('envoyé de mon|envoyé depuis|envoyé à partir|envoyé par |télécharger outlook|obtenez outlook|envoyé avec'),
    closing: words(
      "cordialement|bien cordialement|très cordialement|bien à vous|sincères salutations|salutations distinguées|meilleures salutations|cdlt|cdt|bonne journée|bonne réception|amicalement|respectueusement|merci!|merci beaucoup!|merci d’avance!|merci d'avance!|à bientôt!",
    ),
  },
  es: {
    wrote: words('escribió|escribio|ha escrito'),
    opens: words('el '),
    from: words('de|remitente'),
    sent: words('enviado|fecha|enviado el|enviada'),
    to: words('para|a'),
    subject: words('asunto'),
    cc: words('cc'),
    original: words('mensaje original|mensaje de origen'),
    forwarded: words('mensaje reenviado|inicio del mensaje reenviado|forwarded message'),
    device: words('enviado desde mi|enviado desde |obtener outlook|enviado con |enviado mediante'),
    closing: words(
      'saludos|un saludo|saludos cordiales|un cordial saludo|cordialmente|atentamente|muy atentamente|reciba un cordial saludo|un abrazo|abrazos|le saluda atentamente|gracias!|muchas gracias!|gracias de antemano!',
    ),
  },
  pt: {
    wrote: words('escreveu|escreveram'),
    opens: words('em '),
    from: words('de|remetente'),
    sent: words('enviado|enviada em|enviado em|data|enviada'),
    to: words('para'),
    subject: words('assunto'),
    original: words('mensagem original'),
    forwarded: words(
      'mensagem encaminhada|mensagem reencaminhada|início da mensagem reencaminhada|início da mensagem encaminhada',
    ),
    device: words('enviado do meu|enviado de meu|enviado a partir do|enviado pelo|obter o outlook|enviada do meu|enviado via'),
    closing: words(
      'atenciosamente|att|cumprimentos|com os melhores cumprimentos|melhores cumprimentos|abraços|abraço|um abraço|cordialmente|grato|grata|saudações|obrigado!|obrigada!|muito obrigado!|muito obrigada!|desde já agradeço!',
    ),
  },
  it: {
    wrote: words('ha scritto|scrive|scriveva'),
    opens: words('il |in data '),
    from: words('da|mittente'),
    sent: words('inviato|data|inviata'),
    to: words('a|destinatario'),
    subject: words('oggetto'),
    original: words('messaggio originale'),
    forwarded: words('messaggio inoltrato|inizio messaggio inoltrato|forwarded message'),
    device: words('inviato da|inviato dal mio|scarica outlook|ottieni outlook|inviato con'),
    closing: words(
      'cordiali saluti|distinti saluti|saluti|un saluto|un caro saluto|cordialmente|a presto|buona giornata|grazie!|grazie mille!|grazie in anticipo!',
    ),
  },
  nl: {
    wrote: words('schreef|heeft geschreven|geschreven|het volgende geschreven'),
    opens: words('op '),
    from: words('van'),
    sent: words('verzonden|datum|verstuurd'),
    to: words('aan'),
    subject: words('onderwerp'),
    original: words('oorspronkelijk bericht|origineel bericht|oorspronkelijke bericht'),
    forwarded: words('doorgestuurd bericht|begin doorgestuurd bericht|doorgezonden bericht'),
    device: words('verstuurd vanaf mijn|verzonden vanaf|verzonden met|verstuurd met|verstuurd vanaf|outlook voor'),
    closing: words(
      'met vriendelijke groet|met vriendelijke groeten|vriendelijke groet|vriendelijke groeten|groet|groeten|groetjes|mvg|hoogachtend|bedankt!|dank je wel!|alvast bedankt!',
    ),
  },
  ru: {
    wrote: words('пишет|написал|написала|написал(а)|писал(а)|писал|писала|пользователь|написали'),
    from: words('от|от кого|отправитель'),
    sent: words('отправлено|дата|дата отправки'),
    to: words('кому|получатель'),
    subject: words('тема'),
    cc: words('копия'),
    original: words('исходное сообщение|оригинальное сообщение|исходное письмо'),
    forwarded: words(
      'пересылаемое сообщение|пересланное сообщение|пересылаемое письмо|начало переадресованного сообщения|конец пересылаемого сообщения|переадресованное сообщение',
    ),
    device: words('отправлено с|отправлено из|послано с|отправлено через'),
    closing: words(
      'с уважением|с наилучшими пожеланиями|всего доброго|всего наилучшего|с приветом|искренне ваш|искренне ваша|хорошего дня|спасибо!|большое спасибо!|заранее спасибо!|заранее благодарю!',
    ),
  },
  uk: {
    wrote: words('пише|написав|написала|написав(ла)|написали'),
    from: words('від|від кого|відправник'),
    sent: words('надіслано|дата|відправлено'),
    to: words('кому|одержувач'),
    subject: words('тема'),
    original: words('оригінальне повідомлення|вихідне повідомлення'),
    forwarded: words('переслане повідомлення|пересилане повідомлення'),
    device: words('надіслано з|надіслано через|відправлено з'),
    closing: words('з повагою|з найкращими побажаннями|щиро|гарного дня|дякую!|дуже дякую!'),
  },
  bg: {
    wrote: words('написа|пише'),
    from: words('от'),
    sent: words('изпратено|дата'),
    to: words('до'),
    subject: words('относно|тема'),
    original: words('оригинално съобщение'),
    forwarded: words('препратено съобщение'),
    device: words('изпратено от'),
    closing: words('с уважение|поздрави|благодаря!'),
  },
  pl: {
    wrote: words('napisał|napisała|napisał(a)|pisze|napisali'),
    opens: words('w dniu |dnia '),
    from: words('od|nadawca'),
    sent: words('wysłano|data|wysłane'),
    to: words('do|adresat'),
    subject: words('temat'),
    cc: words('dw'),
    original: words('oryginalna wiadomość|wiadomość oryginalna|wiadomość pierwotna'),
    forwarded: words(
      'wiadomość przekazana dalej|przekazana wiadomość|początek przekazywanej wiadomości|wiadomość przesłana dalej|forwarded message',
    ),
    device: words('wysłane z|wysłano z|wysłano za pomocą|pobierz outlook'),
    closing: words(
      'z poważaniem|pozdrawiam|pozdrawiam serdecznie|serdecznie pozdrawiam|z wyrazami szacunku|łączę pozdrowienia|pozdrowienia|dziękuję!|z góry dziękuję!',
    ),
  },
  cs: {
    wrote: words('napsal|napsala|napsal(a)|napsali'),
    opens: words('dne '),
    from: words('od|odesílatel'),
    sent: words('odesláno|datum|posláno'),
    to: words('komu|pro'),
    subject: words('předmět'),
    original: words('původní zpráva|původní e-mail|původní mail'),
    forwarded: words('přeposlaná zpráva|přeposílaná zpráva|začátek přeposílané zprávy|předávaná zpráva'),
    device: words('odesláno z|odesláno pomocí|odesláno ze'),
    closing: words('s pozdravem|s přátelským pozdravem|s úctou|hezký den|zdravím|děkuji!|předem děkuji!'),
  },
  sk: {
    wrote: words('napísal|napísala|napísal(a)|píše'),
    opens: words('dňa '),
    from: words('od|odosielateľ'),
    sent: words('odoslané|dátum'),
    to: words('komu'),
    subject: words('predmet'),
    original: words('pôvodná správa'),
    forwarded: words('preposlaná správa'),
    device: words('odoslané z'),
    closing: words('s pozdravom|s úctou|ďakujem!'),
  },
  sl: {
    wrote: words('napisal|napisala|je napisal/-a|je oseba|piše'),
    from: words('od'),
    sent: words('poslano|datum'),
    to: words('za'),
    subject: words('zadeva'),
    original: words('izvirno sporočilo'),
    forwarded: words('posredovano sporočilo'),
    device: words('poslano iz'),
    closing: words('lep pozdrav|s spoštovanjem|lp|hvala!'),
  },
  hr: {
    wrote: words('napisao|napisala|je napisao|je napisala|piše|napisao/la je'),
    from: words('od|šalje'),
    sent: words('poslano|datum|poslato'),
    to: words('za|prima'),
    subject: words('predmet|naslov'),
    original: words('izvorna poruka|originalna poruka'),
    forwarded: words('proslijeđena poruka|prosleđena poruka'),
    device: words('poslano s|poslato sa'),
    closing: words('srdačan pozdrav|lijep pozdrav|s poštovanjem|s poštovanjem,|pozdrav|hvala!'),
  },
  sv: {
    wrote: words('skrev'),
    opens: words('den '),
    from: words('från'),
    sent: words('skickat|datum|skickat den'),
    to: words('till'),
    subject: words('ämne'),
    cc: words('kopia'),
    original: words('ursprungligt meddelande|originalmeddelande'),
    forwarded: words('vidarebefordrat meddelande|vidarebefordrat brev|vidarebefordrat mail'),
    device: words('skickat från min|skickat från|hämta outlook|skickat med'),
    closing: words(
      'med vänlig hälsning|med vänliga hälsningar|vänliga hälsningar|vänlig hälsning|hälsningar|bästa hälsningar|mvh|tack!|tack på förhand!',
    ),
  },
  da: {
    wrote: words('skrev|skrev følgende'),
    opens: words('den '),
    from: words('fra'),
    sent: words('sendt|dato'),
    to: words('til'),
    subject: words('emne'),
    original: words('oprindelig meddelelse|original meddelelse|oprindelig besked'),
    forwarded: words('videresendt meddelelse|videresendt besked|start på videresendt besked'),
    device: words('sendt fra min|sendt fra|hent outlook|sendt via'),
    closing: words('med venlig hilsen|venlig hilsen|venlige hilsner|de bedste hilsner|hilsen|mvh|vh|tak!|på forhånd tak!'),
  },
  nb: {
    wrote: words('skrev|skrev følgende'),
    opens: words('den |på '),
    from: words('fra'),
    sent: words('sendt|dato'),
    to: words('til'),
    subject: words('emne'),
    original: words('opprinnelig melding|original melding'),
    forwarded: words('videresendt melding|start på videresendt melding|videresendt e-post'),
    device: words('sendt fra min|sendt fra|skaff deg outlook|få outlook'),
    closing: words('med vennlig hilsen|vennlig hilsen|mvh|hilsen|beste hilsen|takk!|på forhånd takk!'),
  },
  fi: {
    wrote: words('kirjoitti|on kirjoittanut'),
    from: words('lähettäjä'),
    sent: words('lähetetty|päiväys|päivämäärä|pvm'),
    to: words('vastaanottaja'),
    subject: words('aihe'),
    cc: words('kopio'),
    original: words('alkuperäinen viesti'),
    forwarded: words('välitetty viesti|edelleenlähetetty viesti'),
    device: words('lähetetty |hanki outlook'),
    closing: words('ystävällisin terveisin|terveisin|parhain terveisin|yt|t|kiitos!|kiitos etukäteen!|kiittäen'),
  },
  tr: {
    wrote: words('şunu yazdı|şunları yazdı|yazdı|tarihinde şunu yazdı'),
    from: words('kimden|gönderen'),
    sent: words('gönderme tarihi|tarih|gönderildi|gönderilme tarihi|gönderilen'),
    to: words('kime|alıcı'),
    subject: words('konu'),
    cc: words('bilgi'),
    original: words('orijinal ileti|özgün ileti|orijinal mesaj'),
    forwarded: words('iletilen mesaj|yönlendirilmiş ileti|iletilmiş ileti|yönlendirilen ileti|iletilen ileti'),
    device: words(
      "…iphone'umdan gönderildi|…iphone’umdan gönderildi|…ipad'imden gönderildi|…cihazımdan gönderildi|…telefonumdan gönderildi|…den gönderildi|…dan gönderildi|android için outlook|ios için outlook",
    ),
    closing: words(
      'saygılarımla|saygılarımızla|iyi çalışmalar|iyi günler|selamlar|sevgiler|kolay gelsin|teşekkürler!|teşekkür ederim!|şimdiden teşekkürler!',
    ),
  },
  hu: {
    wrote: words('ezt írta|írta|a következőt írta'),
    from: words('feladó'),
    sent: words('küldve|dátum|elküldve'),
    to: words('címzett'),
    subject: words('tárgy'),
    cc: words('másolatot kap'),
    original: words('eredeti üzenet'),
    forwarded: words('továbbított üzenet|továbbított levél'),
    device: words('…iphone-ról küldve|…telefonomról küldve|…készülékemről küldve|elküldve a|küldve a'),
    closing: words('üdvözlettel|tisztelettel|üdv|szívélyes üdvözlettel|köszönöm!|köszönettel|előre is köszönöm!'),
  },
  ro: {
    wrote: words('a scris'),
    opens: words('în |pe |la '),
    from: words('de la'),
    sent: words('trimis|data|trimis la'),
    to: words('către|catre'),
    subject: words('subiect'),
    original: words('mesaj original|mesajul original'),
    forwarded: words('mesaj redirecționat|mesaj redirectionat|mesaj transmis'),
    device: words('trimis de pe|trimis din'),
    closing: words('cu stimă|cu respect|cu drag|toate cele bune|o zi bună|mulțumesc!|multumesc!'),
  },
  el: {
    wrote: words('έγραψε|έγραψαν'),
    opens: words('στις |την '),
    from: words('από'),
    sent: words('στάλθηκε|ημερομηνία|εστάλη'),
    to: words('προς'),
    subject: words('θέμα'),
    cc: words('κοιν.|κοινοποίηση'),
    original: words('αρχικό μήνυμα'),
    forwarded: words('προωθημένο μήνυμα|προωθούμενο μήνυμα'),
    device: words('στάλθηκε από|εστάλη από'),
    closing: words('με εκτίμηση|φιλικά|με φιλικούς χαιρετισμούς|χαιρετισμούς|ευχαριστώ!|ευχαριστώ πολύ!'),
  },
  zh: {
    wrote: words('写道|写到|寫道|寫到|來信|来信'),
    opens: words('在|于|於'),
    from: words('发件人|发信人|寄件者|寄件人|發件人|发送人'),
    sent: words('发送时间|发送日期|日期|时间|寄件日期|發送時間|日 期|已发送|傳送時間|傳送日期'),
    to: words('收件人|收信人|收件者'),
    subject: words('主题|主旨|主題|标题|標題'),
    cc: words('抄送|副本|抄送人'),
    original: words('原始邮件|邮件原件|原邮件|原始郵件|回复的原邮件|回复的邮件|原始信息|原始訊息|原消息|原始消息'),
    forwarded: words(
      '转发邮件|转发的邮件|转发邮件信息|转发信息|轉寄郵件|轉寄的郵件|轉寄的訊息|开始转发的邮件|轉寄訊息|已转发的邮件|被转发邮件信息|转发的原邮件',
    ),
    device: words(
      '发自我的|來自我的|来自我的|从我的|從我的|傳送自|发送自|通过|使用|获取适用于|取得 outlook|發自我的|来自 outlook|…发送|寄自我的',
    ),
    closing: words(
      '此致|此致敬礼|此致 敬礼|祝好|顺祝商祺|顺颂商祺|祝商祺|順頌商祺|商祺|敬祝|祝您生活愉快|祝生意兴隆|敬上|谨启|谢谢!|谢谢您!|感谢!|谢谢！!|謝謝!',
    ),
  },
  ja: {
    wrote: words('のメール|が書きました|は書きました|のメッセージ|さんが書きました|が送信|wrote'),
    from: words('差出人|送信者|from'),
    sent: words('送信日時|日付|日時|送信日|送信'),
    to: words('宛先|to'),
    subject: words('件名|題名'),
    cc: words('cc|写し'),
    original: words('元のメッセージ|元のメール|オリジナルメッセージ'),
    forwarded: words('転送されたメッセージ|転送メッセージ|転送メール|転送されたメール|転送元のメッセージ'),
    device: words('…から送信|…からの送信|…より送信|…で送信|iphoneから送信|outlook for'),
    closing: words(
      '敬具|草々|以上|よろしくお願いいたします!|よろしくお願いします!|宜しくお願いいたします!|宜しくお願い致します!|よろしくお願い致します!|以上、よろしくお願いいたします!',
    ),
  },
  ko: {
    wrote: words('님이 작성|작성|님이 쓴 글|님이 다음과 같이 썼습니다|썼습니다|님의 말'),
    from: words('보낸 사람|보낸사람|발신|보낸이|보내는 사람'),
    sent: words('보낸 날짜|날짜|보낸날짜|발신일|일시|보낸시간'),
    to: words('받는 사람|받는사람|수신|받는이'),
    subject: words('제목'),
    cc: words('참조'),
    original: words('원본 메시지|원본 메일|원본 이메일|원본메일|원본메시지'),
    forwarded: words('전달된 메시지|전달된 메일|전달 메시지|전달된 이메일'),
    device: words('나의 |…에서 보냄|…에서 보냈습니다|…에서 발송|내 '),
    closing: words('감사합니다!|고맙습니다!|수고하세요!|드림|올림|안녕히 계세요|안녕히계세요'),
  },
  ar: {
    wrote: words('كتب|كتبت|كَتَب|كتب/ت|تمت كتابة ما يلي بواسطة'),
    opens: words('في |بتاريخ '),
    from: words('من'),
    sent: words('تاريخ الإرسال|التاريخ|أُرسلت|تم الإرسال|مرسل'),
    to: words('إلى'),
    subject: words('الموضوع'),
    cc: words('نسخة إلى|نسخة'),
    original: words('الرسالة الأصلية|رسالة أصلية'),
    forwarded: words('رسالة معاد توجيهها|رسالة محولة|الرسالة المعاد توجيهها|بداية الرسالة المعاد توجيهها'),
    device: words('أُرسلت من|أرسلت من|مرسل من|تم الإرسال من|الحصول على outlook'),
    closing: words(
      'مع خالص التحية|مع أطيب التحيات|مع تحياتي|تحياتي|مع التحية|وتفضلوا بقبول فائق الاحترام|مع فائق الاحترام|أطيب التحيات|شكرا!|شكراً!|شكرا جزيلا!',
    ),
  },
  fa: {
    wrote: words('نوشت|نوشته است|نوشته'),
    opens: words('در '),
    from: words('از'),
    sent: words('تاریخ|ارسال شده|ارسال'),
    to: words('به'),
    subject: words('موضوع'),
    original: words('پیام اصلی'),
    forwarded: words('پیام ارجاع شده|پیام هدایت‌شده|پیام فوروارد شده'),
    device: words('ارسال شده از|ارسال‌شده از'),
    closing: words('با احترام|با تشکر|ارادتمند|ممنون!'),
  },
  he: {
    wrote: words('כתב/ה|כתב|כתבה|מאת'),
    opens: words('ב|בתאריך '),
    from: words('מאת'),
    sent: words('נשלח|תאריך'),
    to: words('אל'),
    subject: words('נושא'),
    cc: words('עותק'),
    original: words('ההודעה המקורית|הודעה מקורית'),
    forwarded: words('הודעה שהועברה|הודעה מועברת'),
    device: words('נשלח מה|נשלח מ|הורד את outlook'),
    closing: words('בברכה|בכבוד רב|תודה!|תודה רבה!|תודה ויום טוב!|בתודה'),
  },
  vi: {
    wrote: words('đã viết|viết'),
    opens: words('vào '),
    from: words('từ|người gửi'),
    sent: words('đã gửi|ngày|ngày gửi'),
    to: words('đến|tới|người nhận'),
    subject: words('chủ đề|tiêu đề'),
    original: words('thư gốc|tin nhắn gốc|thông điệp gốc'),
    forwarded: words('tin nhắn được chuyển tiếp|thư chuyển tiếp|thư đã chuyển tiếp|forwarded message'),
    device: words('được gửi từ|đã gửi từ|gửi từ|tải outlook'),
    closing: words('trân trọng|thân ái|thân mến|kính thư|trân trọng cảm ơn|trân trọng kính chào|cảm ơn!|xin cảm ơn!'),
  },
  th: {
    wrote: words('เขียนว่า|เขียน|ได้เขียน'),
    opens: words('เมื่อ '),
    from: words('จาก'),
    sent: words('ส่งเมื่อ|วันที่|ส่ง'),
    to: words('ถึง'),
    subject: words('เรื่อง|หัวข้อ'),
    original: words('ข้อความต้นฉบับ|ข้อความเดิม'),
    forwarded: words('ข้อความที่ส่งต่อ|ข้อความที่ถูกส่งต่อ'),
    device: words('ส่งจาก'),
    closing: words('ขอแสดงความนับถือ|ด้วยความเคารพ|ขอบคุณครับ!|ขอบคุณค่ะ!|ขอบคุณ!'),
  },
  id: {
    wrote: words('menulis'),
    opens: words('pada '),
    from: words('dari'),
    sent: words('dikirim|tanggal|terkirim'),
    to: words('kepada|ke'),
    subject: words('subjek|perihal'),
    original: words('pesan asli'),
    forwarded: words('pesan yang diteruskan|pesan terusan|pesan diteruskan'),
    device: words('dikirim dari|dapatkan outlook'),
    closing: words('hormat saya|hormat kami|salam|salam hangat|salam hormat|terima kasih!|terimakasih!'),
  },
  ms: {
    wrote: words('menulis'),
    opens: words('pada '),
    from: words('daripada'),
    sent: words('dihantar|tarikh'),
    to: words('kepada'),
    subject: words('subjek'),
    original: words('mesej asal'),
    forwarded: words('mesej yang dimajukan'),
    device: words('dihantar dari'),
    closing: words('yang benar|sekian, terima kasih'),
  },
  hi: {
    wrote: words('ने लिखा'),
    from: words('प्रेषक|से'),
    sent: words('भेजा गया|दिनांक'),
    to: words('प्रति|प्राप्तकर्ता'),
    subject: words('विषय'),
    original: words('मूल संदेश'),
    forwarded: words('अग्रेषित संदेश'),
    device: words('…से भेजा गया'),
    closing: words('सादर|धन्यवाद!|भवदीय'),
  },
};

const all = (pick: (words: ReplyWords) => readonly string[]): readonly string[] => [
  ...new Set(Object.values(replyWords).flatMap((language) => pick(language))),
];

/** All languages at once: a buyer's mail program speaks another language than the buyer as often as not. */
export const anyLanguage = {
  wrote: all((words) => words.wrote),
  opens: all((words) => words.opens ?? []),
  original: all((words) => words.original),
  forwarded: all((words) => words.forwarded),
  device: all((words) => words.device),
  closing: all((words) => words.closing),
} as const;

export type HeaderLabel = 'from' | 'sent' | 'to' | 'subject' | 'cc';
const labels = new Map<string, HeaderLabel>();
for (const language of Object.values(replyWords))
  for (const kind of ['cc', 'to', 'sent', 'from', 'subject'] as const)
    for (const word of language[kind] ?? []) labels.set(word.replaceAll(' ', ''), kind);

/** Labels are compared without blanks: Outlook pads Chinese ones. */
export const labelOf = (word: string): HeaderLabel | undefined => labels.get(word.replaceAll(' ', ''));
