internal import Files
internal import Foundation

/// What lets a reader sort and filter tables; a page can be read without it.
enum PageScript {
  /// The script, which asks nothing of any server.
  static let text = """

    "use strict";
    for (const table of document.querySelectorAll("table.sortable")) {
      const body = table.tBodies[0], heads = [...table.tHead.rows[0].cells];
      heads.forEach((head, column) => {
        const button = document.createElement("button");
        button.type = "button";
        button.append(...head.childNodes);
        head.append(button);
        button.addEventListener("click", () => {
          const way = head.getAttribute("aria-sort") === "ascending" ? -1 : 1;
          for (const other of heads) other.removeAttribute("aria-sort");
          head.setAttribute("aria-sort", way > 0 ? "ascending" : "descending");
          const isNumber = head.classList.contains("n");
          const rows = [...body.rows].map((row, place) => {
            const text = row.cells[column].textContent.trim();
            const number = text === "" ? NaN : parseFloat(text.replace("\\u2212", "-"));
            return { row, place, text, number };
          });
          rows.sort((a, b) => {
            if (!isNumber) return way * a.text.localeCompare(b.text, "en") || a.place - b.place;
            if (isNaN(a.number) || isNaN(b.number))
              return isNaN(a.number) - isNaN(b.number) || a.place - b.place;
            return way * (a.number - b.number) || a.place - b.place;
          });
          body.append(...rows.map((entry) => entry.row));
        });
      });
    }
    for (const box of document.querySelectorAll("[data-filters]")) {
      box.hidden = false;
      const field = box.querySelector("input"), count = box.querySelector("output");
      const body = document.getElementById(box.dataset.filters).tBodies[0];
      let texts = null, waiting = 0;
      const filter = () => {
        const rows = [...body.rows];
        texts ??= new Map(rows.map((row) => [row, row.textContent.toLowerCase()]));
        const words = field.value.toLowerCase().split(/\\s+/).filter(Boolean);
        let shown = 0;
        for (const row of rows) {
          const fits = words.every((word) => texts.get(row).includes(word));
          row.classList.toggle("skip", !fits);
          shown += fits;
        }
        count.textContent = `${shown} of ${rows.length}`;
      };
      field.addEventListener("input", () => {
        clearTimeout(waiting);
        waiting = setTimeout(filter, 120);
      });
    }

    """

  /// Its SHA-256 in base64, by which the page allows this script and no other.
  static let digest: String = {
    let digits = Array(Digest.sha256(of: text.utf8))
    let bytes = stride(from: 0, to: digits.count, by: 2).map {
      UInt8(String(digits[$0...($0 + 1)]), radix: 16) ?? 0
    }
    return Data(bytes).base64EncodedString()
  }()
}
