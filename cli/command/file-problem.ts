/** Errors of the file system, in words. */
import { codeOf } from './problem.ts';

const REASONS: { readonly [code: string]: string } = {
  ENOENT: 'it does not exist',
  EEXIST: 'something with that name is there already',
  EISDIR: 'it is a folder',
  ENOTDIR: 'a part of its path is a file, not a folder',
  EACCES: 'this user does not have the permission',
  EPERM: 'this user does not have the permission',
  EROFS: 'the disk is read-only',
  ENOSPC: 'the disk is full',
  EDQUOT: "this user's share of the disk is full",
  ENAMETOOLONG: 'its name is too long',
  ELOOP: 'its links lead in a circle',
  EMFILE: 'too many files are open',
};

/** The reason, where the error is one of the file system. */
export const whyFileFails = (error: unknown): string | undefined => REASONS[codeOf(error) ?? ''];
