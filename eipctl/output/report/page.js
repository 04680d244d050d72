"use strict";
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const FEW = 10, CHUNK = 100, PRINTED = 1000;
  const collator = new Intl.Collator("en", { numeric: true });

  // Text goes into the page as text, and never as markup.
  function make(tag, attributes = {}, ...children) {
    const made = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) {
      if (name === "class") made.className = value;
      else if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
      else made.setAttribute(name, value);
    }
    made.append(...children.filter((child) => child !== null && child !== ""));
    return made;
  }

  const plural = (count, one, many = `${one}s`) => `${count.toLocaleString("en")} ${count === 1 ? one : many}`;
  const money = (value) => value.toLocaleString("en", { minimumFractionDigits: 2, maximumFractionDigits: 2 });

  function age(seconds) {
    if (seconds === null) return "";
    const parts = [[86400, "d"], [3600, "h"], [60, "m"]].map(([unit, sign], at, all) => {
      const within = at ? seconds % all[at - 1][0] : seconds;
      return [Math.floor(within / unit), sign];
    });
    const told = parts.filter(([count]) => count).slice(0, 2).map(([count, sign]) => `${count}${sign}`);
    return told.join("") || `${Math.floor(seconds)}s`;
  }

  // A command to paste, with a button where the browser can copy.
  function command(text) {
    const line = make("p", { class: "command" }, make("code", {}, text));
    addCopy(line, text);
    return line;
  }

  let copied = null;
  function addCopy(line, text) {
    if (!navigator.clipboard) return;
    const button = make("button", { class: "small", type: "button", "aria-label": `Copy: ${text}` }, "Copy");
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(text);
      if (copied) copied.textContent = "Copy";
      copied = button;
      button.textContent = "Copied";
    });
    line.append(button);
  }

  for (const line of document.querySelectorAll(".problems .command")) addCopy(line, line.textContent);

  const tables = [];

  // A list that is searched and sorted as a whole, and drawn as far as somebody looks.
  function list({ place, noun, rows, columns, chunk = 15, chips = null, detail = null, facts }) {
    const state = { sort: columns[0], down: Boolean(columns[0].down), words: [], chip: new Set(), drawn: 0, rows };
    const text = new Map();
    const haystack = (row) => {
      if (!text.has(row)) text.set(row, facts(row).join("\n").toLowerCase());
      return text.get(row);
    };
    const body = make("tbody");
    const head = make("tr", {}, ...columns.map((column) => {
      const button = make("button", { type: "button", onclick: () => order(column) }, column.title);
      return make("th", { scope: "col", class: column.class || "" }, button);
    }));
    const table = make("table", { class: "list" }, make("thead", {}, head), body);
    const shown = make("span", { class: "shown", role: "status" });
    const search = make("input", {
      type: "search", placeholder: `Search ${noun}s`, "aria-label": `Search ${noun}s`, autocomplete: "off", spellcheck: "false",
    });
    const tools = make("div", { class: "tools" }, search);
    const more = make("button", { class: "more", type: "button", onclick: () => draw() });
    if (chips) tools.append(chipBar());
    if (rows.length <= FEW && !chips) search.hidden = true;
    tools.append(shown);
    place.append(tools, table, more);

    function chipBar() {
      const bar = make("div", { class: "chips", role: "group", "aria-label": "States" });
      for (const value of chips.values) {
        const count = rows.filter((row) => chips.of(row) === value).length;
        if (!count) continue;
        const button = make("button", { class: "chip", type: "button", "aria-pressed": "false" }, `${value} ${count.toLocaleString("en")}`);
        button.addEventListener("click", () => {
          if (!state.chip.delete(value)) state.chip.add(value);
          button.setAttribute("aria-pressed", String(state.chip.has(value)));
          choose();
        });
        bar.append(button);
      }
      return bar;
    }

    function order(column) {
      state.down = state.sort === column ? !state.down : Boolean(column.down);
      state.sort = column;
      choose();
    }

    function choose() {
      const fits = (row) => (!state.chip.size || state.chip.has(chips.of(row))) && state.words.every((word) => haystack(row).includes(word));
      state.rows = rows.filter(fits);
      if (state.sort) {
        const sign = state.down ? -1 : 1, key = state.sort.key;
        state.rows.sort((one, other) => sign * compare(key(one), key(other)));
      }
      [...head.children].forEach((cell, at) => {
        if (columns[at] === state.sort) cell.setAttribute("aria-sort", state.down ? "descending" : "ascending");
        else cell.removeAttribute("aria-sort");
      });
      body.replaceChildren();
      state.drawn = 0;
      draw();
    }

    function draw(count = chunk) {
      const next = state.rows.slice(state.drawn, state.drawn + count);
      body.append(...next.map(line));
      state.drawn += next.length;
      if (!state.rows.length) body.append(make("tr", {}, make("td", { class: "empty full", colspan: columns.length }, `No ${noun} fits.`)));
      const left = state.rows.length - state.drawn;
      more.hidden = !left;
      more.textContent = `Show ${Math.min(left, chunk)} of ${plural(left, `more ${noun}`)}`;
      shown.textContent = state.rows.length === rows.length ? plural(rows.length, noun) : `${state.rows.length.toLocaleString("en")} of ${plural(rows.length, noun)}`;
    }

    function line(row) {
      const made = make("tr");
      columns.forEach((column) => {
        const content = column.cell(row);
        const cell = make("td", { class: [column.class, column.tint ? column.tint(row) : ""].filter(Boolean).join(" ") });
        if (column.unit) cell.dataset.unit = column.unit;
        if (column.opens && detail) cell.append(opener(made, row, content));
        else cell.append(...[content].flat());
        made.append(cell);
      });
      return made;
    }

    function opener(made, row, content) {
      const button = make("button", { class: "open", type: "button", "aria-expanded": "false" }, ...[content].flat());
      button.addEventListener("click", () => {
        const open = button.getAttribute("aria-expanded") === "true";
        if (open) made.nextSibling.remove();
        else made.after(make("tr", { class: "detail-row" }, make("td", { colspan: columns.length }, ...detail(row))));
        button.setAttribute("aria-expanded", String(!open));
      });
      return button;
    }

    search.addEventListener("input", () => {
      state.words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
      choose();
    });
    search.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && search.value) {
        search.value = "";
        search.dispatchEvent(new Event("input"));
        event.preventDefault();
      }
    });
    if (chunk === CHUNK) new IntersectionObserver((seen) => {
      if (seen.some((entry) => entry.isIntersecting) && state.drawn < state.rows.length) draw();
    }, { rootMargin: "400px" }).observe(more);
    tables.push({ search, print: () => { if (state.drawn < PRINTED) draw(PRINTED - state.drawn); } });
    choose();
  }

  function compare(one, other) {
    if (typeof one === "number" && typeof other === "number") return one - other;
    if (!one || !other) return (one ? 0 : 1) - (other ? 0 : 1);
    return collator.compare(one, other);
  }

  function factList(pairs) {
    const told = pairs.filter(([, value]) => value !== null && value !== "");
    return make("dl", { class: "facts" }, ...told.flatMap(([name, value]) => [make("dt", {}, name), make("dd", {}, String(value))]));
  }

  // In the order in which the rows are written.
  const POD = ["cluster", "namespace", "name", "state", "reason", "eip", "id", "bandwidth", "by", "cost", "workload", "node", "ip", "eni", "wanted", "code", "uid"];
  const ORPHAN = ["cluster", "id", "eip", "pod", "workload", "since", "age", "cost", "reason"];
  const named = (names) => (row) => Object.fromEntries(names.map((name, at) => [name, row[at]]));
  const cluster = { title: "Cluster", cell: (row) => row.cluster || "", key: (row) => row.cluster, class: "name wide" };
  const some = data.several ? [cluster] : [];
  const commands = Object.fromEntries(data.clusters.map((each) => [each.name, each.story]));
  const plain = /^[A-Za-z0-9][\w.-]*$/;
  const cost = { title: `${data.currency}/month`, cell: (row) => row.cost ? money(row.cost) : "", key: (row) => row.cost, class: "num", down: true, unit: `${data.currency}/month` };

  function podDetail(row) {
    const shown = [factList([
      ["Reason", row.reason], ["Code", row.code], ["Allocation ID", row.id], ["Bandwidth", row.bandwidth && `${row.bandwidth} Mbit/s`],
      ["Managed by", row.by], ["Asks for", row.wanted], ["Workload", row.workload], ["Private IP", row.ip], ["ENI", row.eni], ["Node", row.node],
      ["UID", row.uid], ["Cluster", row.cluster],
    ])];
    if (plain.test(row.name) && plain.test(row.namespace)) shown.push(command(`${commands[row.cluster]} pod/${row.name} -n ${row.namespace}`));
    return shown;
  }

  const rank = new Map(data.states.map((state, at) => [state, at]));
  const places = {
    pods: document.getElementById("pod-table"), orphans: document.getElementById("orphan-table"), runs: document.getElementById("run-table"),
  };
  if (places.orphans) {
    list({
      place: places.orphans, noun: "EIP", rows: data.orphans.map(named(ORPHAN)), facts: (row) => Object.values(row).map(String),
      columns: [
        { title: "Age", cell: (row) => age(row.age) || "new", key: (row) => row.age || 0, class: "num", down: true },
        { title: "EIP", cell: (row) => row.eip, key: (row) => row.eip, class: "keep" },
        { title: "Allocation ID", cell: (row) => row.id, key: (row) => row.id, class: "keep" },
        ...some,
        { title: "Was for Pod", cell: (row) => row.pod, key: (row) => row.pod, class: "lead" },
        cost,
        { title: "Why it stays", cell: (row) => row.reason, key: (row) => row.reason, class: "full" },
      ],
    });
  }
  if (places.runs) {
    const count = (title, at, tint) => ({
      title, cell: (row) => row.states[at] ? row.states[at].toLocaleString("en") : "", key: (row) => row.states[at],
      class: "num", tint: () => tint, unit: title.toLowerCase(), down: true,
    });
    list({
      place: places.runs, noun: "run", rows: data.runs,
      facts: (row) => [row.id, row.command, row.begun, ...row.actions.flat()],
      detail: (row) => [
        ...row.actions.map(([verb, object, id, outcome, why]) => make("p", {},
          make("span", { class: outcome === "done" ? "is-bound" : "is-conflict" }, outcome), ` ${verb} ${object}${id && id !== object ? ` ${id}` : ""}`,
          why ? make("span", { class: "faint" }, `  ${why}`) : "")),
        row.left_out ? make("p", { class: "quiet" }, `${plural(row.left_out, "more action")}: `, make("code", {}, `eipctl history ${row.id}`)) : "",
        row.actions.length ? "" : make("p", { class: "quiet" }, "No action."),
      ].filter(Boolean),
      columns: [
        { title: "Began (UTC)", cell: (row) => row.begun, key: (row) => row.begun, opens: true, down: true, class: "keep" },
        { title: "Command", cell: (row) => row.command, key: (row) => row.command },
        { title: "Took", cell: (row) => age(row.seconds), key: (row) => row.seconds || 0, class: "num", down: true },
        count("Done", 0, ""), count("Failed", 1, "is-conflict"), count("Skipped", 2, ""), count("Interrupted", 3, "is-conflict"),
        { title: "Cloud calls", cell: (row) => row.calls.toLocaleString("en"), key: (row) => row.calls, class: "num wide", down: true },
        { title: "Run", cell: (row) => row.id, key: (row) => row.id, class: "wide", tint: () => "mono" },
      ],
    });
  }
  if (places.pods) {
    list({
      place: places.pods, noun: "Pod", chunk: CHUNK, rows: data.pods.map(named(POD)), facts: (row) => Object.values(row).map(String),
      chips: { values: data.states, of: (row) => row.state }, detail: podDetail,
      columns: [
        { title: "State", cell: (row) => row.state, key: (row) => rank.get(row.state), class: "keep", tint: (row) => `is-${row.state.toLowerCase()}` },
        ...some,
        { title: "Namespace", cell: (row) => row.namespace, key: (row) => row.namespace },
        { title: "Pod", cell: (row) => row.name, key: (row) => row.name, opens: true, class: "name lead" },
        { title: "EIP", cell: (row) => row.eip || "", key: (row) => row.eip, class: "keep" },
        { title: "Mbit/s", cell: (row) => row.bandwidth === null ? "" : String(row.bandwidth), key: (row) => row.bandwidth || 0, class: "num wider", down: true, unit: "Mbit/s" },
        cost,
        { title: "By", cell: (row) => row.by || "", key: (row) => row.by, class: "keep wider" },
        { title: "Workload", cell: (row) => row.workload, key: (row) => row.workload, class: "name wide" },
        { title: "Reason", cell: (row) => row.reason, key: (row) => row.reason, class: "full faint" },
      ],
    });
  }

  addEventListener("beforeprint", () => tables.forEach((table) => table.print()));
  addEventListener("keydown", (event) => {
    const typing = event.target instanceof HTMLInputElement;
    if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey && !event.altKey && tables.length) {
      tables[tables.length - 1].search.focus();
      event.preventDefault();
    }
  });
})();
