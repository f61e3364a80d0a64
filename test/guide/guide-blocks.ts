/** What the pages of docs/guide show: programs, by the name in their first line, and configurations. */
import { filesBelow, read } from '../source-files.ts';

export interface GuideBlock {
  /** From the root of the repository. */
  readonly page: string;
  readonly language: string;
  readonly text: string;
}

export function readGuide(): GuideBlock[] {
  return filesBelow('docs/guide').flatMap((page) =>
    [...read(page).matchAll(/^```(\w*)\n([\s\S]*?)^```$/gm)].map(
      ([, language = '', text = '']) => ({
        page,
        language,
        text,
      }),
    ),
  );
}

/** Name → text of every program; each is a module that begins with `// name.mjs`. */
export function readPrograms(blocks: readonly GuideBlock[]): Map<string, string> {
  const programs = new Map<string, string>();
  for (const { page, language, text } of blocks) {
    if (language !== 'js') continue;
    const name = /^\/\/ ([\w-]+\.mjs)\n/.exec(text)?.[1];
    if (name === undefined || programs.has(name)) {
      throw new Error(`${page}: a program must begin with a name of its own, as in // server.mjs`);
    }
    programs.set(name, text);
  }
  return programs;
}

/** The one configuration in this language. */
export function readConfiguration(language: string): string {
  const [block, ...others] = readGuide().filter((one) => one.language === language);
  if (block === undefined || others.length > 0) {
    throw new Error(`the guide must have one ${language} configuration`);
  }
  return block.text;
}
