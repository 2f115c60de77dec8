// The browser's modules: imports lead down and to what exists, every name is defined and used.
import js from "@eslint/js";
import { importX } from "eslint-plugin-import-x";
import globals from "globals";

export default [
  js.configs.recommended,
  {
    files: ["**/*.js"],
    plugins: { "import-x": importX },
    languageOptions: { ecmaVersion: 2022, sourceType: "module" },
    linterOptions: { reportUnusedDisableDirectives: "error" },
    rules: {
      "eqeqeq": "error",
      "import-x/named": "error",
      "import-x/namespace": "error",
      "import-x/no-cycle": "error",
      "import-x/no-duplicates": "error",
      "import-x/no-unresolved": ["error", { ignore: ["^node:"] }],
      "no-restricted-globals": ["error", "event", "name", "status"],
      "prefer-const": "error",
    },
  },
  { files: ["dashboard/web/**/*.js"], languageOptions: { globals: globals.browser } },
  // What may import what: core below chart below features.
  {
    files: ["dashboard/web/core/**/*.js"],
    rules: { "no-restricted-imports": ["error", { patterns: ["**/chart/**", "**/features/**"] }] },
  },
  {
    files: ["dashboard/web/chart/**/*.js"],
    rules: { "no-restricted-imports": ["error", { patterns: ["**/features/**"] }] },
  },
];
