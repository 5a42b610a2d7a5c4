const titles: Record<string, string> = {
  whatsapp: 'WhatsApp',
  email: 'E-mail',
  webchat: 'Web chat',
  mercadolibre: 'Mercado Libre',
};
const colours: Record<string, string> = { whatsapp: '#1f9d55', email: '#5b6ee1', webchat: '#0f766e', mercadolibre: '#a16207' };

export const channelTitle = (channel: string): string => titles[channel] ?? channel;

/** A channel's sign: two letters on its colour, its name for those who listen. */
export function ChannelBadge({ channel }: { channel: string }) {
  const title = channelTitle(channel);
  return (
    <span
      role="img"
      aria-label={title}
      title={title}
      className="inline-grid h-4 min-w-6 place-items-center rounded px-1 text-[10px] leading-none font-semibold text-white"
      style={{ background: colours[channel] ?? '#57606a' }}
    >
      {initials(title)}
    </span>
  );
}

const initials = (title: string): string =>
  title
    .split(/[\s-]+/)
    .map((word) => word[0])
    .join('')
    .slice(0, 2)
    .toUpperCase();
