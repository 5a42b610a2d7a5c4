/** A round sign for a person: the first letter of the name, in a colour of its own. */
export function Avatar({ name, id, size = 36 }: { name: string; id: string; size?: number }) {
  const hue = [...id].reduce((sum, letter) => (sum * 31 + letter.charCodeAt(0)) % 360, 7);
  return (
    <span
      aria-hidden="true"
      className="grid shrink-0 place-items-center rounded-full font-semibold"
      style={{
        width: size,
        height: size,
        background: `oklch(0.88 0.06 ${hue})`,
        color: `oklch(0.35 0.09 ${hue})`,
        fontSize: size * 0.4,
      }}
    >
      {[...name.trim()][0]?.toUpperCase() ?? '?'}
    </span>
  );
}

/** `ES` → its flag; nothing for what is no country code. */
export function Flag({ country }: { country: string | null }) {
  if (!country || !/^[A-Za-z]{2}$/.test(country)) return null;
  const flag = [...country.toUpperCase()].map((letter) => String.fromCodePoint(127_397 + letter.charCodeAt(0))).join('');
  return <span title={country.toUpperCase()}>{flag}</span>;
}
