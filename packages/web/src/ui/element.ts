/** Attribute values: true sets an empty attribute, false and undefined leave it out. */
export type Attributes = Readonly<Record<string, string | number | boolean | undefined>>;

export type Child = Node | string | false | undefined;

/**
 * Builds an element. Text becomes text, never markup; there is no way to pass a style attribute
 * that the page's Content-Security-Policy would let through, so use classes.
 */
export function element<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  attributes: Attributes = {},
  ...children: Child[]
): HTMLElementTagNameMap[Tag] {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === false) continue;
    node.setAttribute(name, value === true ? '' : String(value));
  }
  for (const child of children) {
    if (child !== undefined && child !== false) node.append(child);
  }
  return node;
}

/** Sets text only when it differs, so that a live region speaks once and a selection survives. */
export function setText(node: Element, text: string): void {
  if (node.textContent !== text) node.textContent = text;
}
