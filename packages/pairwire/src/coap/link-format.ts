/** What `/.well-known/core` lists (RFC 6690 §2). */

export interface ResourceLink {
  path: readonly string[];
  /** rt: what kind of thing it is. */
  resourceType: string;
  /** ct: formats it takes or gives (RFC 7252 §7.2.1). */
  contentFormat: number;
}

export const WELL_KNOWN_CORE = ['.well-known', 'core'] as const;

export function formatLinks(links: readonly ResourceLink[]): string {
  return links
    .map(
      ({ path, resourceType, contentFormat }) =>
        `</${path.join('/')}>;rt="${resourceType}";ct=${contentFormat}`,
    )
    .join(',');
}
