// What users of google-spreadsheet ordinarily do, at the sandbox in place of Google.
// Prints what it saw as JSON; started by test_other_clients.py in the folder of the package.
import { createRequire } from 'node:module';
import { join } from 'node:path';

const { API_ROOT, TOKEN, SPREADSHEET } = process.env;
const real = globalThis.fetch;
globalThis.fetch = async (input, init) => {
  const request = new Request(input, init);
  const url = request.url.replace(/^https:\/\/(sheets|www)\.googleapis\.com/, API_ROOT);
  const body = request.method === 'GET' ? undefined : await request.text();
  return real(url, { method: request.method, headers: request.headers, body });
};
const { GoogleSpreadsheet } = createRequire(join(process.cwd(), 'x.js'))('google-spreadsheet');

const seen = {};
const doc = new GoogleSpreadsheet(SPREADSHEET, { token: TOKEN });
await doc.loadInfo();
seen.title = doc.title;
seen.tabs = doc.sheetsByIndex.map((tab) => [tab.title, tab.rowCount, tab.columnCount]);

const tab = doc.sheetsByTitle.Review;
const names = async () => (await tab.getRows()).map((row) => row.get('Name'));
seen.names = await names();
const [first] = await tab.getRows({ limit: 1 });
first.set('Score', 7);
await first.save();
const added = await tab.addRow({ Name: 'Cy', Score: '1' });
seen.added = added.rowNumber;
await tab.addRows([['Bo', '=1+2'], { Name: 'Ab', Score: true }]);
seen.appended = await names();

await tab.loadCells('A1:B9');
seen.cells = [0, 1, 3, 4].map((row) => tab.getCell(row, 1).value);
seen.formula = tab.getCell(4, 1).formula;
const cell = tab.getCellByA1('B2');
cell.value = 0.5;
cell.note = 'half';
cell.textFormat = { bold: true };
await tab.saveUpdatedCells();
tab.resetLocalCache(true);
await tab.loadCells('B2');
const again = tab.getCellByA1('B2');
seen.edited = [again.value, again.note, again.textFormat.bold];

const range = { startRowIndex: 1, endRowIndex: 6, startColumnIndex: 0, endColumnIndex: 2 };
await tab.sortRange(range, [{ dimensionIndex: 0, sortOrder: 'ASCENDING' }]);
seen.sorted = await names();

await tab.setDataValidation(
  { startRowIndex: 1, endRowIndex: 6, startColumnIndex: 1, endColumnIndex: 2 },
  {
    condition: { type: 'ONE_OF_LIST', values: [{ userEnteredValue: '1' }] },
    strict: true,
    showCustomUi: true,
  },
);
await tab.mergeCells({ startRowIndex: 6, endRowIndex: 7, startColumnIndex: 0, endColumnIndex: 2 });
await tab.insertDimension('ROWS', { startIndex: 1, endIndex: 2 }, false);
await tab.deleteRows(1, 2);
await tab.resize({ rowCount: 50, columnCount: 5 });
seen.size = [tab.rowCount, tab.columnCount];

const extra = await doc.addSheet({ title: 'Extra', headerValues: ['a', 'b'] });
await extra.addRow({ a: 1, b: 2 });
await extra.clearRows();
seen.cleared = (await extra.getRows()).length;
await extra.updateProperties({ title: 'Renamed' });
seen.titles = doc.sheetsByIndex.map((one) => one.title);
await extra.delete();
seen.left = doc.sheetCount;

const none = new GoogleSpreadsheet('none', { token: TOKEN });
seen.refusal = await none.loadInfo().then(() => '', (error) => error.message);
process.stdout.write(JSON.stringify(seen));
