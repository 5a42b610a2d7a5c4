/**
 * Pairs that letter statistics cannot tell apart, decided by words and letters that only one of them has. Each hit is one
 * vote; no vote leaves the question to the thread.
 */
const indonesian = words(
  'apakah tidak bisa berapa sampai kapan belum sudah saya mau gimana nggak gak enggak ga kak barang ongkir uang kirim karena bagaimana kenapa mohon pesanan ukuran warna dikirim banget dong nih aja kok makasih terima kasih oke iya rusak harganya ingin dimana minggu lalu salah satu gelasnya tapi',
);
const malay = words(
  'adakah tak boleh berapa bila macam mana nak tidakkah kenapa sebab awak encik cik bungkusan saiz warna hantar penghantaran kos bayaran balik pulangkan sepatutnya lepas tersilap cawan kerana lagi dah belum sampai manakah berapakah kah',
);

function words(list: string): ReadonlySet<string> {
  return new Set(list.split(' '));
}

const votes = (tokens: readonly string[], mine: ReadonlySet<string>, other: ReadonlySet<string>): number =>
  tokens.filter((token) => mine.has(token) && !other.has(token)).length;

/** `id` or `ms`, and how many words say so; Indonesian, the larger of the two, when none does. */
export function indonesianOrMalay(tokens: readonly string[]): { language: 'id' | 'ms'; votes: number } {
  const [id, ms] = [votes(tokens, indonesian, malay), votes(tokens, malay, indonesian)];
  return ms > id ? { language: 'ms', votes: ms - id } : { language: 'id', votes: id - ms };
}

const cyrillicLetters: Readonly<Record<string, RegExp>> = {
  uk: /[іїєґ]/giu,
  ru: /[ыэъё]/giu,
  bg: /ъ(?=[а-я])/giu,
  sr: /[ђјљњћџ]/giu,
  be: /ў/giu,
  kk: /[әғқңөұүһ]/giu,
  mk: /[ѓќѕ]/giu,
};

const cyrillicWords: Readonly<Record<string, ReadonlySet<string>>> = {
  ru: words(
    'очень дорого где когда сколько стоит заказ спасибо да нет не как что это есть еще ещё мой моя ок жду какой размер пришло пожалуйста здравствуйте привет и был была деньги хорошо почему посылка доставка можно через дня два для после могу можете хочу прислали',
  ),
  uk: words(
    'дуже дорого де коли скільки коштує замовлення дякую так ні не як що це є ще мій моя жду чекаю який розмір прийшло прийшла будь ласка доброго добрий дня привіт щиро гроші добре чому посилка доставка можна та через дня два для після можу можете хочу надіслали',
  ),
  bg: words(
    'много скъпо къде кога колко струва поръчка благодаря да не как какво това има още моята моля здравейте размер пратка',
  ),
  sr: words('веома скупо где када колико кошта поруџбина хвала да не како шта ово има још моја молим здраво величина'),
};

/** Probabilities over the languages written in Cyrillic; Russian is the default where nothing speaks for another. */
export function cyrillicScores(text: string, tokens: readonly string[], allowed: ReadonlySet<string>): Map<string, number> {
  const scores = new Map<string, number>([['ru', 0.6]]);
  for (const [language, pattern] of Object.entries(cyrillicLetters)) {
    const hits = text.match(pattern)?.length ?? 0;
    if (hits > 0) scores.set(language, (scores.get(language) ?? 0) + 1.5 * hits);
  }
  for (const [language, list] of Object.entries(cyrillicWords)) {
    const hits = tokens.filter((token) => list.has(token)).length;
    if (hits > 0) scores.set(language, (scores.get(language) ?? 0) + hits);
  }
  const kept = [...scores].filter(([language]) => allowed.has(language));
  const total = kept.reduce((sum, [, score]) => sum + score, 0);
  return new Map(kept.map(([language, score]) => [language, score / total]));
}

/** Persian and Urdu have letters that Arabic has not. */
export function arabicLanguage(text: string): 'ar' | 'fa' | 'ur' {
  if (/[ٹڈڑںےھہ]/u.test(text)) return 'ur';
  return /[پچژگکی]/u.test(text) ? 'fa' : 'ar';
}
