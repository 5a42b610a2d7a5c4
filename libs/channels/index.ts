export { accountFacts, signingKeyOf } from './account-facts';
export { channelContext, openMediaFor } from './channel-context';
export { checkHosts, type HostProblem } from './check-hosts';
export { allConnectors, connectorFor } from './registry';
