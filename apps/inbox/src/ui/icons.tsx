import type { ReactNode } from 'react';

const icon = (children: ReactNode) =>
  function Icon({ size = 16 }: { size?: number }) {
    return (
      <svg
        width={size}
        height={size}
        viewBox="0 0 24 24"
        fill="none"
        stroke="currentColor"
        strokeWidth="1.8"
        strokeLinecap="round"
        strokeLinejoin="round"
        aria-hidden="true"
      >
        {children}
      </svg>
    );
  };

export const InboxIcon = icon(<path d="M3 13h5l1.500 3h5L16 13h5M5 5h14l2 8v6H3v-6z" />);
export const UnreadIcon = icon(
  <>
    <path d="M4 6h16v12H4z" />
    <path d="m4 7 8 6 8-6" />
  </>,
);
export const StarIcon = icon(
  <path d="m12 4 2.400 5 5.600.700-4.100 3.800 1.100 5.500-5-2.700L7 19l1.100-5.500L4 9.700 9.600 9z" />,
);
export const ClosedIcon = icon(<path d="m5 12 5 5 9-10" />);
export const AllIcon = icon(<path d="M5 7h14M5 12h14M5 17h14" />);
export const SearchIcon = icon(
  <>
    <circle cx="11" cy="11" r="6" />
    <path d="m16 16 4 4" />
  </>,
);
export const BackIcon = icon(<path d="M15 5l-7 7 7 7" />);
export const SendIcon = icon(<path d="M4 12 20 4l-5 16-3.500-6.500z" />);
export const ClipIcon = icon(<path d="m8 12 6-6a3.500 3.500 0 0 1 5 5l-8 8a5.500 5.500 0 0 1-8-8l7-7" />);
export const CopyIcon = icon(
  <>
    <path d="M9 9h11v11H9z" />
    <path d="M5 15H4V4h11v1" />
  </>,
);
export const FileIcon = icon(
  <>
    <path d="M7 3h7l5 5v13H7z" />
    <path d="M14 3v5h5" />
  </>,
);
export const PlaceIcon = icon(
  <>
    <path d="M12 21s7-6 7-11a7 7 0 1 0-14 0c0 5 7 11 7 11z" />
    <circle cx="12" cy="10" r="2.500" />
  </>,
);
export const BoxIcon = icon(
  <>
    <path d="m4 8 8-4 8 4v8l-8 4-8-4z" />
    <path d="m4 8 8 4 8-4M12 12v8" />
  </>,
);
export const LogoIcon = ({ size = 24 }: { size?: number }) => (
  <svg width={size} height={size} viewBox="0 0 32 32" aria-hidden="true">
    <path d="M4 7a4 4 0 0 1 4-4h12a4 4 0 0 1 4 4v6a4 4 0 0 1-4 4h-7l-5 4v-4a4 4 0 0 1-4-4z" fill="var(--accent)" />
    <path
      d="M13 19.500h7A6.500 6.500 0 0 0 26.500 13v-2A4 4 0 0 1 29 14.700V21a4 4 0 0 1-4 4v4l-5-4h-4a4 4 0 0 1-3-1.400z"
      fill="#f59e0b"
    />
  </svg>
);
