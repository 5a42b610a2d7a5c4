import { baseLanguage } from '../languages';
import { hasWord } from '../protect/months';

/**
 * Small numbers and months as words. A count may be spelled in one language and written in digits in the other ("two
 * shirts" is "2 件"), and a month is a name here and a number there ("5 November", "11月5日"): neither is a changed fact.
 */
const words: Readonly<Record<string, string>> = {
  en: 'one/a/an/first/once two/second/both/couple/twice/pair three/third four/fourth five/fifth six/sixth seven/seventh eight/eighth nine/ninth ten/tenth eleven twelve/dozen',
  es: 'un/una/uno/primer/primera/primero dos/segundo/segunda/ambos/par tres/tercer/tercero/tercera cuatro/cuarto cinco/quinto seis/sexto siete/séptimo ocho/octavo nueve/noveno diez/décimo once doce/docena',
  pt: 'um/uma/primeiro/primeira dois/duas/segundo/segunda/par três/terceiro/terceira quatro/quarto cinco/quinto seis/sexto sete/sétimo oito/oitavo nove/nono dez/décimo onze doze/dúzia',
  fr: 'un/une/premier/première deux/deuxième/second/seconde/paire trois/troisième quatre/quatrième cinq/cinquième six/sixième sept/septième huit/huitième neuf/neuvième dix/dixième onze douze/douzaine',
  it: 'un/uno/una/primo/prima due/secondo/seconda/paio tre/terzo/terza quattro/quarto cinque/quinto sei/sesto sette/settimo otto/ottavo nove/nono dieci/decimo undici dodici/dozzina',
  de: 'ein/eine/einen/einem/einer/eines/eins/erste/ersten/erster/erstes zwei/zweite/zweiten/zweiter/beide/beiden/paar drei/dritte/dritten/dritter vier/vierte fünf/fünfte sechs/sechste sieben/siebte acht/achte neun/neunte zehn/zehnte elf zwölf/dutzend',
  nl: 'een/één/eerste twee/tweede/beide/paar drie/derde vier/vierde vijf/vijfde zes/zesde zeven/zevende acht/achtste negen/negende tien/tiende elf twaalf/dozijn',
  pl: 'jeden/jedna/jedno/jedną/pierwszy/pierwsza dwa/dwie/dwóch/drugi/druga/para trzy/trzech/trzeci cztery/czterech/czwarty pięć/pięciu sześć/sześciu siedem/siedmiu osiem/ośmiu dziewięć/dziewięciu dziesięć/dziesięciu jedenaście dwanaście',
  ru: 'один/одна/одно/одну/одного/первый/первая два/две/двух/второй/вторая/оба/обе/пара/пару три/трёх/трех/третий четыре/четырёх/четырех/четвёртый пять/пяти/пятый шесть/шести семь/семи восемь/восьми девять/девяти десять/десяти одиннадцать двенадцать/дюжина',
  uk: 'один/одна/одне/одну/перший два/дві/двох/другий/пара три/трьох чотири/чотирьох п’ять/пять шість сім вісім дев’ять десять одинадцять дванадцять',
  tr: 'bir/birinci iki/ikinci/çift üç/üçüncü dört/dördüncü beş/beşinci altı yedi sekiz dokuz on onbir oniki/düzine',
  id: 'satu/sebuah/pertama dua/kedua/sepasang tiga/ketiga empat lima enam tujuh delapan sembilan sepuluh sebelas selusin',
  ms: 'satu/sebuah/pertama dua/kedua/sepasang tiga/ketiga empat lima enam tujuh lapan sembilan sepuluh sebelas sedozen',
  vi: 'một/nhất hai/đôi/nhì ba bốn/tư năm sáu bảy tám chín mười mười-một mười-hai/tá',
  ar: 'واحد/واحدة/أول/الأول/الأولى اثنان/اثنين/اثنتان/اثنتين/الثاني/الثانية/زوج ثلاثة/ثلاث/الثالث أربعة/أربع خمسة/خمس ستة/ست سبعة/سبع ثمانية/ثماني تسعة/تسع عشرة/عشر',
  zh: '一/首/单 二/两/兩/俩/双/雙 三 四 五 六 七 八 九 十 十一 十二',
  ja: '一/ひと/最初 二/ふた/両 三/みっ 四/よっ 五/いつ 六/むっ 七/なな 八/やっ 九/ここの 十/とお 十一 十二/ダース',
  ko: '한/하나/첫/일 두/둘/이 세/셋/삼 네/넷/사 다섯/오 여섯/육 일곱/칠 여덟/팔 아홉/구 열/십 열한/십일 열두/십이',
  th: 'หนึ่ง/แรก สอง/คู่ สาม สี่ ห้า หก เจ็ด แปด เก้า สิบ สิบเอ็ด สิบสอง/โหล',
};

/** True when the text says the number as a word. */
export function saysNumber(text: string, value: number, language: string): boolean {
  const base = baseLanguage(language);
  if (value > 12) return compounds[base]?.(text).includes(value) ?? false;
  const forms = words[base]?.split(' ')[value - 1]?.split('/') ?? [];
  return forms.some((form) => hasWord(text, form.replaceAll('-', ' '), base));
}

/** Above twelve, words are made by rule. The two languages that shops write most have one. */
const compounds: Readonly<Record<string, (text: string) => number[]>> = { zh: hanNumbers, ja: hanNumbers, en: englishNumbers };

const hanDigits = '零一二三四五六七八九';
const hanUnits: Readonly<Record<string, number>> = { 十: 10, 百: 100, 千: 1_000 };

/** 二十四, 两百五十, 三千. */
function hanNumbers(text: string): number[] {
  return [...text.matchAll(/[零一二两兩三四五六七八九十百千]*[十百千][零一二两兩三四五六七八九十百千]*/gu)].map(([written]) => {
    let total = 0;
    let digit = 0;
    for (const sign of written.replace(/[两兩]/g, '二')) {
      const unit = hanUnits[sign];
      if (unit === undefined) digit = hanDigits.indexOf(sign);
      else {
        total += (digit || 1) * unit;
        digit = 0;
      }
    }
    return total + digit;
  });
}

const teens = 'thirteen fourteen fifteen sixteen seventeen eighteen nineteen'.split(' ');
const tens = 'twenty thirty forty fifty sixty seventy eighty ninety'.split(' ');
const ones = 'one two three four five six seven eight nine'.split(' ');

/** thirteen, twenty, forty-two. */
function englishNumbers(text: string): number[] {
  const lower = text.toLowerCase();
  const found = [...lower.matchAll(new RegExp(`\\b(${tens.join('|')})(?:[- ](${ones.join('|')})\\b)?`, 'g'))].map(
    ([, ten = '', one]) => (tens.indexOf(ten) + 2) * 10 + (one ? ones.indexOf(one) + 1 : 0),
  );
  return [...found, ...teens.flatMap((word, index) => (new RegExp(`\\b${word}\\b`).test(lower) ? [index + 13] : []))];
}

/** Chinese gives what is left to pay, others what is taken off: 八折, 8折 and 85折 are 20, 20 and 15 % off. */
export function discountsIn(text: string): { written: number; off: number }[] {
  return [...text.matchAll(/(?<![\d.])(\d{1,2}|[一二三四五六七八九]{1,2})\s?折/gu)].map(([, written = '']) => {
    const digits = written.replace(/[一二三四五六七八九]/gu, (sign) => String(hanDigits.indexOf(sign)));
    return { written: Number(digits), off: 100 - Number(digits.padEnd(2, '0')) };
  });
}
