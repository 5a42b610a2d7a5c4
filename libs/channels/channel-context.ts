import { lookup } from 'node:dns/promises';
import { type ChannelContext, ChannelError, type SendContext } from '@parley/connector';
import { type Account, type House, mediaIdOf, PrivateAddressError, publicAddresses } from '@parley/runtime';
import { accountFacts } from './account-facts';

/** Everything a connector call needs. `signal`: of the caller; a call that outlives it is cut. */
export function channelContext(house: House, account: Account, signal: AbortSignal): ChannelContext<any> {
  const log = house.log.child({ accountId: account.id, channel: account.channel });
  return {
    account: accountFacts(account, house.secrets),
    http: house.http,
    resolveHost: (host) => resolveHost(house, host),
    credentials: house.credentials.for(account.id),
    signal,
    log: {
      info: (message, fields) => log.info(fields ?? {}, message),
      warn: (message, fields) => log.warn(fields ?? {}, message),
    },
    now: () => Date.now(),
  };
}

/** Opens this merchant's files by the URL of a media part. */
export function openMediaFor(house: House, merchantId: string): SendContext<any>['openMedia'] {
  return async (url) => {
    const id = mediaIdOf(url);
    const file = id && (await house.media.read(merchantId, id));
    if (!file) throw new ChannelError('rejected', 'A file of this message is not in the store', { code: 'media-gone' });
    return { bytes: file.bytes, mime: file.info.mime, name: file.info.name };
  };
}

async function resolveHost(house: House, host: string): Promise<string> {
  try {
    const found = house.config.allowPrivateHosts ? await lookup(host, { all: true }) : await publicAddresses(host);
    // Mail servers of small shops are often named in IPv6 and reached in IPv4 only.
    const chosen = found.find(({ family }) => family === 4) ?? found[0];
    if (chosen) return chosen.address;
  } catch (cause) {
    if (cause instanceof PrivateAddressError) {
      throw new ChannelError('rejected', cause.message, { code: cause.code, cause });
    }
    throw new ChannelError('unavailable', `The name ${host} cannot be resolved`, { code: 'unknown-host', cause });
  }
  throw new ChannelError('unavailable', `The name ${host} has no address`, { code: 'unknown-host' });
}
