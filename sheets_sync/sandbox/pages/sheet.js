// What AG Grid asks for each cell of a spreadsheet. A row is {id, v: texts, and by column's letters:
// e: what is entered where it differs, s: colours, r: rules, t: notes, p: protected}.
window.sheet = (() => {
  const known = new Map(); // by name; rows stay themselves, so that an edit under way stays too
  const letters = (p) => p.colDef.colId;
  const place = (p) => p.colDef.context?.index;
  const of = (kind, p) => p.data?.[kind]?.[letters(p)];
  const rule = (p) => of("r", p);
  const isText = (key) => key?.length === 1;

  const entered = (p) => of("e", p) ?? p.data?.v[place(p)] ?? "";
  const accept = (p) => {
    p.data.v[place(p)] = p.newValue ?? "";
    return true;
  };
  const shown = (p) => String((p.value === entered(p) ? p.data?.v[place(p)] : p.value) ?? "");
  const style = (p) => ({
    backgroundColor: null,
    color: null,
    fontWeight: null,
    ...(of("s", p) ?? {}),
    ...(of("p", p) ? { backgroundImage: "var(--protected)" } : { backgroundImage: null }),
  });
  const note = (p) => of("t", p) ?? (of("p", p) ? "Protected" : null);
  const renderer = (p) =>
    rule(p)?.checkbox && typeof p.data?.v[place(p)] === "boolean"
      ? { component: "agCheckboxCellRenderer" }
      : undefined;
  const editor = (p) => {
    const found = rule(p);
    if (found?.checkbox) return { component: "agCheckboxCellEditor" };
    if (found?.choices && (found.strict || !isText(p.eventKey)))
      return {
        component: "agSelectCellEditor",
        params: { values: found.choices, valueListMaxWidth: 320, eventKey: "Enter" }, // it opens
      };
    return { component: "agTextCellEditor" };
  };
  const offers = (p) => Boolean(rule(p)?.choices);
  const number = (p) =>
    p.node.rowPinned ? p.node.rowIndex + 1 : p.node.rowIndex + 1 + p.api.getPinnedTopRowCount();
  const name = (p) => String(p.data.id);

  // Show rows that changed; `order` and `frozen` are given where rows came, went or moved.
  const show = (id, rows, order, frozen) => {
    const api = getElement(id)?.api;
    if (!api) return;
    for (const row of rows) {
      const before = known.get(row.id);
      if (!before) known.set(row.id, row);
      else {
        for (const key of Object.keys(before)) delete before[key];
        Object.assign(before, row);
      }
    }
    if (order) {
      const all = order.map((one) => known.get(one));
      api.setGridOption("pinnedTopRowData", all.slice(0, frozen));
      api.setGridOption("rowData", all.slice(frozen));
      api.refreshCells({ force: true });
    } else {
      const ids = new Set(rows.map((row) => row.id));
      const nodes = [];
      for (let i = 0; i < api.getPinnedTopRowCount(); i++) nodes.push(api.getPinnedTopRow(i));
      for (const row of rows) nodes.push(api.getRowNode(String(row.id)));
      api.refreshCells({ force: true, rowNodes: nodes.filter((n) => n && ids.has(n.data.id)) });
    }
  };
  return { entered, accept, shown, style, note, renderer, editor, offers, number, name, show };
})();
