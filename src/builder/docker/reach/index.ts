export { openReachProxy } from './open-reach-proxy.ts';
export { reachRules } from './rules.ts';
