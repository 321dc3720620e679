import { describeStoreContract } from '../contract.ts';
import { openMemoryStore } from './memory-store.ts';

describeStoreContract('memory', { open: async (options) => openMemoryStore(options) });
