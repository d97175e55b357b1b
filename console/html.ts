/** Templates: HTML in template literals, without a compiler. */
import htm from 'htm';
import { h, type VNode } from 'preact';

/** What a template can hold. */
export type Content = VNode | string | number | null | undefined | false | readonly Content[];

export const html = htm.bind(h) as (strings: TemplateStringsArray, ...values: unknown[]) => VNode;
