// What AG Grid asks for each cell of a spreadsheet. A row is {id, v: texts, and by column's letters:
// e: what is entered where it differs, s: colours, r: rules, t: notes, p: protected}.
window.sheet = (() => {
  const known = new Map(); // by name; rows stay themselves, so that an edit under way stays too
  const letters = (p) => p.colDef.colId;
  const place = (p) => p.colDef.context?.index;
  const of = (kind, p) => p.data?.[kind]?.[letters(p)];
  const rule = (p) => of("r", p);
  const isText = (key) => key?.length === 1;

  const entered = (p) => {
    const value = of("e", p) ?? p.data?.v[place(p)] ?? "";
    return value === "" && rule(p)?.checkbox ? false : value; // an empty cell shows an unticked box
  };
  const accept = (p) => {
    p.data.v[place(p)] = p.newValue ?? "";
    // The grid's own event may tell of the value before, where a click follows an edit.
    emitEvent("typed", { name: p.data.id, column: letters(p), value: p.newValue });
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
    rule(p)?.checkbox && typeof entered(p) === "boolean"
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

  const content = (row, column) =>
    JSON.stringify([row.v[column.index], ...[..."esrtp"].map((kind) => row[kind]?.[column.id])]);
  const take = (row, columns) => {
    const mine = known.get(row.id);
    if (!mine) {
      known.set(row.id, row);
      return [];
    }
    const changed = columns.filter((one) => content(mine, one) !== content(row, one));
    for (const key of Object.keys(mine)) delete mine[key];
    Object.assign(mine, row);
    return changed.map((one) => one.id);
  };

  // Show rows that changed; `order` is given where rows came, went or moved. Only cells that changed
  // are drawn anew, so that nobody's click or edit is disturbed.
  const show = (id, rows, order, frozen) => {
    const api = getElement(id)?.api;
    if (!api) return;
    const columns = api
      .getColumns()
      .map((one) => ({ id: one.colId, index: one.getColDef().context?.index }))
      .filter((one) => one.index !== undefined);
    const changed = new Map(rows.map((row) => [row.id, take(row, columns)]));
    if (order) {
      const all = order.map((one) => known.get(one));
      api.setGridOption("pinnedTopRowData", all.slice(0, frozen));
      api.setGridOption("rowData", all.slice(frozen));
      api.refreshCells({ force: true, columns: ["#"] });
    }
    const nodes = [...changed.keys()].map((one) => api.getRowNode(String(one)));
    for (let i = 0; i < api.getPinnedTopRowCount(); i++) nodes.push(api.getPinnedTopRow(i));
    for (const node of nodes) {
      const drawn = changed.get(node?.data.id);
      if (drawn?.length) api.refreshCells({ force: true, rowNodes: [node], columns: drawn });
    }
  };
  return { entered, accept, shown, style, note, renderer, editor, offers, number, name, show };
})();
