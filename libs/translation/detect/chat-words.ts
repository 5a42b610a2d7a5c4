/**
 * Short words of shop chat and the languages they belong to. Below some 15 letters, statistics of letters say little,
 * while "hola" says all. A word of several languages is listed with each of them and counts in parts; words every
 * language uses ("ok", "lol", "hi", sizes) are listed nowhere, so that they decide nothing.
 */
const lists: Readonly<Record<string, string>> = {
  en: 'hello hey thanks thank you thx please yes no the is it my order where when how much what size do does have has this still waiting any great good bye can i want need not yet arrived leather discount free shipping news and for with are chart refund real long take wrong broken',
  es: 'hola gracias buenas buenos días dias tardes vale sí si no dónde donde cuándo cuando cuánto cuanto cuesta está esta pedido talla quiero mi el la los las y es qué que todavía aún llega llegó genial adiós adios muchas por favor tienen perfecto envío tarda compro una lo nada espero stock del de para con en me se puede pueden quisiera días otra',
  pt: 'olá oi obrigado obrigada bom boa dia tarde noite sim não nao onde quando quanto custa está pedido tamanho quero meu minha o os as e é qual que ainda chegou chega valeu beleza vocês tem tá por favor muito frete produto espero desconto uma da do de para com em na podem pode enviar gostaria novo depois',
  fr: 'bonjour bonsoir salut merci oui non où quand combien coûte est commande taille je veux mon ma le la les et quelle que toujours pas reçu ça top super au revoir bonne journée vous avez prends accord svp rien cassé marche une beaucoup il rien de du des pour en au peux pouvez voudrais',
  de: 'hallo guten tag morgen abend danke bitte ja nein wo wann wie viel kostet ist bestellung größe ich möchte mein meine der die das und welche noch nicht da tschüss super gut klar alles warte kaputt passt nehm bis dann vielen versand in blau kommt an es',
  it: 'ciao buongiorno buonasera grazie sì si no dove quando quanto costa è ordine taglia voglio mio il lo la gli e quale che ancora arriva arrivato perfetto bene va presto per favore mille rotto niente sto numero di del per con potete vorrei mi',
  nl: 'hallo goedendag goedemorgen goedemiddag bedankt dank je wel alstublieft ja nee waar wanneer hoeveel kost is bestelling maat ik wil mijn de het een en welke nog niet ontvangen prima tot ziens kapot wacht komt oké',
  pl: 'cześć czesc dzień dzien dobry dziękuję dziekuje dzięki proszę tak nie gdzie kiedy ile kosztuje jest zamówienie zamowienie rozmiar chcę moje mój i jaki jeszcze nadal dotarło dotarlo nic do widzenia czekam zepsute super mnie bardzo numer dojdzie',
  tr: 'merhaba selam teşekkürler tesekkurler lütfen evet hayır nerede ne zaman kadar sipariş siparişim beden istiyorum benim ve bu hangi hala hâlâ gelmedi gelir tamam süper iyi günler var mı kırık bekliyorum çok geldi kargo',
  vi: 'chào cảm ơn vui lòng vâng dạ không đâu khi nào bao giờ nhiêu đơn hàng của tôi mình cỡ muốn và này vẫn chưa tới nhận được shop có ạ',
  sv: 'hej tack snälla ja nej var när hur mycket kostar är beställning storlek jag vill min mitt och den det inte ännu kommit',
  da: 'hej tak venligst ja nej ikke hvor hvornår hvad hvor meget koster er min mit ordre bestilling størrelse jeg vil gerne og den det pakke pakken være kommet uge sidste endnu modtaget leveret af til med',
  nb: 'hei takk vennligst ja nei ikke hvor når hva mye koster er min mitt ordre bestilling størrelse jeg vil gjerne og den det pakke pakken være ha kommet uke forrige ennå mottatt levert av til med',
  fi: 'hei kiitos ole hyvä kyllä ei missä milloin paljonko maksaa on tilaus tilaukseni koko haluan minun ja se vielä saapunut paketti',
  cs: 'ahoj dobrý den děkuji prosím ano ne kde kdy kolik stojí je objednávka velikost chci můj moje a ještě nepřišlo díky',
  ro: 'bună salut mulțumesc multumesc vă rog da nu unde când cât costă este comanda mărime vreau mea și încă ajuns',
  hu: 'szia helló köszönöm kérem igen nem hol mikor mennyi mennyibe kerül van rendelés rendelésem méret szeretném és még érkezett',
  fil: 'kumusta salamat po opo hindi saan nasaan kailan magkano ang order ko gusto ng na sa wala pa dumating kuya ate naman paki pakikansela bagay',
  id: 'halo kak terima kasih makasih tolong mohon iya ya tidak nggak gak dimana mana kapan berapa harganya pesanan ukuran saya mau dan ini yang belum sampai sudah dikirim bisa barang rusak ada oke siap apa cod nomor',
  ms: 'hai terima kasih tolong ya tidak tak mana bila berapa pesanan saiz saya nak dan ini yang belum sampai sudah boleh barang ada adakah',
};

const index = new Map<string, readonly string[]>();
for (const [language, list] of Object.entries(lists)) {
  for (const word of new Set(list.split(' '))) index.set(word, [...(index.get(word) ?? []), language]);
}

/** Votes of the tokens for each language; a word shared by n languages gives each 1/n. */
export function chatWordVotes(tokens: readonly string[], allowed: ReadonlySet<string>): Map<string, number> {
  const votes = new Map<string, number>();
  for (const token of tokens) {
    const languages = (index.get(token) ?? []).filter((language) => allowed.has(language));
    for (const language of languages) votes.set(language, (votes.get(language) ?? 0) + 1 / languages.length);
  }
  return votes;
}
