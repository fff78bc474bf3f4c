// Runs in the page's head, before anything is drawn: the language and light or dark are right at once.
(() => {
  const kept = (name) => {
    try {
      return localStorage.getItem(name);
    } catch {
      return null; // storage is switched off: the page works, and forgets
    }
  };
  const root = document.documentElement;
  const config = window.zhituConfig;
  const browser = (navigator.language || "").toLowerCase().startsWith("zh") ? "zh" : "en";
  config.language =
    kept("zhitu.language") || (config.language === "auto" ? browser : config.language);
  config.theme = kept("zhitu.theme") || "auto";
  const dark = matchMedia("(prefers-color-scheme: dark)").matches;
  root.lang = config.texts[config.language].lang;
  root.dataset.theme = config.theme === "auto" ? (dark ? "dark" : "light") : config.theme;
})();
