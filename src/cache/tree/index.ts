export { type CheckedOut, type CheckoutOptions, checkoutTree } from './checkout-tree.ts';
export { type CommitSize, commitSize, createSizes, type SizeOf } from './commit-size.ts';
export { type CommitTreeOptions, type CommittedTree, commitTree } from './commit-tree.ts';
export { type ListTreeOptions, listTree, type TreeEntry } from './list-tree.ts';
export { type OpenTree, openTree } from './open-tree.ts';
export { readTreeFile, type TreeFile } from './read-tree-file.ts';
export type { TreeObjects } from './tree-reader.ts';
export type { TreeSource } from './tree-source.ts';
export type { TreeLimits } from './walk-tree.ts';
