/** An address of this very machine: nothing between us and it can listen. */
export const isLoopback = (address: string): boolean => /^127\.|^::1$|^localhost$|^::ffff:127\./.test(address);
