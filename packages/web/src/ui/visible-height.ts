/**
 * Keeps `--visible-height` at the height that the keyboard leaves free, so that the text field
 * stays above it. Safari lays its keyboard over the page; others shrink the page by themselves.
 */
export function followVisibleHeight(): void {
  const viewport = window.visualViewport;
  if (viewport === null) return;
  const follow = () => {
    // A zoomed page is looked at through a smaller window; that is no keyboard.
    if (viewport.scale > 1.01) return;
    document.documentElement.style.setProperty('--visible-height', `${viewport.height}px`);
    window.scrollTo(0, 0);
  };
  viewport.addEventListener('resize', follow);
  follow();
}
