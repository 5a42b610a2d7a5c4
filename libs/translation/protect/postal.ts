import { after, before, D, group, space } from './pieces';

const han = '\\p{Script=Han}';
/** Of a place's name: not the "is" and "at" of "地址是北京市", which have no space after them. */
const place = `(?![是在到于於寄址为為往给給])${han}`;
/** Postal addresses of the countries shops sell to, where they can be recognised by their form. */
export const postal: readonly RegExp[] = [
  // 北京市朝阳区建国路88号3栋1201室
  group(
    `(?:(?:${place}){2,3}省)?(?:${place}){2,4}市${han}{1,4}(?:区|县|區|縣|镇)[${han}\\p{Nd}]{1,14}(?:路|街|道|巷|弄|村|段)${D}{1,5}(?:弄${D}{1,5})?(?:号|號)[\\p{Nd}A-Z-]{0,6}(?:(?:栋|幢|楼|樓|单元|座|室|层)[\\p{Nd}A-Z-]{0,6}){0,4}`,
  ),
  // 〒150-0002 東京都渋谷区渋谷2-21-1
  group(
    `(?:〒?${D}{3}[-－ー]${D}{4}${space}*)?(?:東京都|北海道|(?:京都|大阪)府|${han}{2,3}県)[${han}\\p{Script=Hiragana}\\p{Script=Katakana}ヶケ]{1,20}(?:${D}{1,4}(?:丁目|番地?|号|[-－ー‐の])?)+`,
  ),
  group(`〒${space}?${D}{3}[-－ー]?${D}{4}`),
  // 서울특별시 강남구 테헤란로 152
  group(
    `\\p{Script=Hangul}{1,5}(?:특별시|광역시|도|시)${space}\\p{Script=Hangul}{1,5}(?:구|군|시)(?:${space}[\\p{Script=Hangul}\\p{Nd}]{1,12}){0,2}${space}?[\\p{Script=Hangul}\\p{Nd}]{1,12}(?:로|길|동)${space}?${D}{1,4}(?:-${D}{1,4})?`,
  ),
  // 221B Baker Street, London NW1 6XE
  group(
    `${before}${D}{1,5}[A-Za-z]?${space}(?:\\p{Lu}[\\p{L}'’.-]{0,20}${space}){1,4}(?:Street|St|Avenue|Ave|Road|Rd|Lane|Ln|Drive|Dr|Boulevard|Blvd|Court|Ct|Way|Square|Terrace|Crescent|Close|Highway|Hwy)\\b\\.?(?:,${space}?(?:(?:[A-Z\\p{Nd}]{2,8}(?!\\p{L})|\\p{Lu}[\\p{L}'’-]*)${space}?){1,4}){0,4}`,
  ),
  // 12 rue de la Paix, 75002 Paris
  group(
    `${before}${D}{1,4}(?:${space}(?:bis|ter))?,?${space}(?:rue|avenue|boulevard|place|chemin|allée|impasse|quai)${space}(?:(?:de la|de l['’]|du|des|de|d['’]|la|les?|l['’])${space}?)?\\p{Lu}[\\p{L}'’-]{0,24}(?:${space}(?:(?:de|du|des|la|et)${space})?\\p{Lu}[\\p{L}'’-]{0,24}){0,4}(?:,${space}?${D}{5}${space}\\p{Lu}[\\p{L}'’-]*(?:${space}\\p{Lu}[\\p{L}'’-]*)*)?`,
  ),
  // Calle Mayor 12, 3º B, 28013 Madrid; Rua das Flores, 123; Via Roma 5
  group(
    `${before}(?:Calle|C/|Avenida|Av\\.|Avda\\.?|Paseo|Plaza|Carrera|Rua|R\\.|Travessa|Alameda|Praça|Via|Viale|Piazza|Corso)${space}?(?:(?:de|del|de la|las|los|da|das|do|dos|della|dei)${space})?(?:\\p{Lu}[\\p{L}'’.-]{0,20}${space}?){1,4}(?:(?:de|del|da|do)${space}\\p{Lu}\\p{L}{0,20}${space}?)?,?${space}?(?:n[.ºo°]{0,2}${space}?)?${D}{1,5}(?:,${space}?${D}{1,2}[ºª°](?:${space}?[A-Z]\\b)?)?(?:,${space}?${D}{4,5}(?:-${D}{3,4})?${space}\\p{Lu}\\p{L}*(?:${space}\\p{Lu}\\p{L}*)*)?`,
  ),
  // Hauptstraße 5, 10115 Berlin; Lange Straat 12
  group(
    `${before}\\p{Lu}[\\p{L}-]{0,24}(?:straße|strasse|str\\.|weg|platz|allee|gasse|ufer|straat|laan|gracht|gatan|vägen|veien|vej|gade)${space}?${D}{1,4}${space}?[a-z]?\\b(?:,?${space}(?:[A-Z]{1,2}-)?${D}{4,5}(?:${space}[A-Z]{2})?${space}\\p{Lu}[\\p{L}-]*)?`,
  ),
  // ул. Ленина, д. 5, кв. 12
  group(
    `(?:г\\.${space}?\\p{Lu}\\p{L}+,${space})?(?:ул\\.|улица|пр\\.|просп\\.|проспект|пер\\.|вул\\.)${space}?(?:\\p{Lu}[\\p{L}-]{0,24}${space}?){1,3},${space}?(?:д\\.|дом|буд\\.)?${space}?${D}{1,4}\\p{L}?(?:,${space}?(?:корп?\\.|кв\\.|стр\\.)${space}?${D}{1,4}){0,3}`,
  ),
  // British post code
  group(`${before}[A-Z]{1,2}${D}[A-Z\\p{Nd}]?${space}${D}[A-Z]{2}${after}`),
];
