import { expect, test } from "vitest";
import { markdownBlocks } from "../../src/documents/readers/markdown.ts";

test.for<[string, string, string | null]>([
  ["a heading", "intro\n## The *guide* ##\ntext", "The guide"],
  ["a sign that belongs to it", "# C#", "C#"],
  ["three spaces before it", "   # Near", "Near"],
  ["CRLF and CR", "text\r\n# One\r\n", "One"],
  ["underlined", "The mill\n========\n", "The mill"],
  ["underlined by dashes, over two lines", "The\nmill\n---\n", "The mill"],
  ["front matter", '---\ntitle: "The mill" \ntags: [a]\n---\n# Other', "The mill"],
  ["front matter in TOML", "+++\ntitle = 'The mill'\n+++\n", "The mill"],
  ["front matter without a title", "---\n# comment\ntags: a\n---\n# Real", "Real"],
  ["code in a fence", "```sh\n# install\n```\n# The mill", "The mill"],
  ["code in a longer fence", "~~~~\n~~~\n# no\n~~~~\n# Yes", "Yes"],
  ["code in a list", "- ```\n  # no\n  ```\n# Yes", "Yes"],
  ["a fence that is never closed", "```\n# no", null],
  ["indented code", "    # no\n\n# Yes", "Yes"],
  ["a comment", "<!--\n# no\n-->\n# Yes", "Yes"],
  ["a rule is no underline", "text\n\n---\n# Yes", "Yes"],
  ["a list over a rule", "- item\n---\n# Yes", "Yes"],
  ["a tag", "#tag\n# Yes", "Yes"],
  ["an empty heading", "#\n# Yes", "Yes"],
  ["inline backticks", "``` `# no` ```\n# Yes", "Yes"],
  ["nothing", "text", null],
])("%s", ([, text, title]) => expect(markdownBlocks(text).title).toBe(title));
