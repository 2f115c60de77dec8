// Elements with properties and children; text is never markup.
export function make(tag, properties, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(properties || {})) {
    if (name.includes("-")) node.setAttribute(name, value);
    else node[name] = value;
  }
  node.append(...children.filter((child) => child !== null && child !== undefined));
  return node;
}

export function button(text, className, does) {
  const made = make("button", { type: "button", className, textContent: text });
  made.addEventListener("click", does);
  return made;
}
