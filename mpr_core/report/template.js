(() => {
  "use strict";
  document.documentElement.classList.add("js");
  const data = JSON.parse(document.getElementById("mpr-data").textContent);
  const byId = (id) => document.getElementById(id);
  const SVG = "http://www.w3.org/2000/svg";
  const STEPS_S = [0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 43200, 86400];
  const clamp = (value, low, high) => Math.min(high, Math.max(low, value));

  function clock(seconds, decimals) {
    const units = 10 ** decimals, total = Math.round(seconds * units), whole = Math.floor(total / units);
    const two = (n) => String(n).padStart(2, "0");
    const head = whole >= 3600 ? Math.floor(whole / 3600) + ":" : "";
    const tail = decimals ? "." + String(total % units).padStart(decimals, "0") : "";
    return head + two(Math.floor(whole / 60) % 60) + ":" + two(whole % 60) + tail;
  }

  function brandTable() {
    const table = byId("brand-table");
    if (!table) return;
    const body = table.tBodies[0], heads = [...table.tHead.rows[0].cells], select = byId("sort-select");
    const sort = (column, ascending) => {
      const value = (row) => row.cells[column].dataset.v;
      const numeric = heads[column].classList.contains("num");
      const order = (a, b) => (numeric ? value(a) - value(b) : value(a).localeCompare(value(b)));
      body.append(...[...body.rows].sort((a, b) => (ascending ? order(a, b) : order(b, a))));
      heads.forEach((head, n) => (n === column ? head.setAttribute("aria-sort", ascending ? "ascending" : "descending") : head.removeAttribute("aria-sort")));
      select.value = String(column);
    };
    heads.forEach((head, column) => {
      const button = document.createElement("button"), name = head.textContent;
      button.type = "button";
      button.textContent = name;
      head.replaceChildren(button);
      const natural = head.classList.contains("text") || name === "First";
      button.addEventListener("click", () => {
        const now = head.getAttribute("aria-sort");
        sort(column, now ? now !== "ascending" : natural);
      });
      select.add(new Option(name, String(column), name === "On screen", name === "On screen"));
    });
    select.addEventListener("change", () => {
      const column = Number(select.value), head = heads[column];
      sort(column, head.classList.contains("text") || head.textContent === "First");
    });
  }

  function reveal(id) {
    const target = id && byId(id);
    if (!target) return;
    for (let node = target; node; node = node.parentElement) if (node.tagName === "DETAILS") node.open = true;
    target.scrollIntoView({ block: "center" });
  }

  function timeline() {
    const chart = byId("chart");
    if (!chart || !(data.duration > 0)) return;
    const plot = chart.querySelector(".plot"), axis = byId("axis"), tip = byId("tip"), selection = byId("selection");
    let zoom = 1, pinned = false, byKey = false, justDragged = false, marked = null, drag = null, current = { lane: -1, index: -1 };

    const trackBox = () => axis.getBoundingClientRect();
    const timeAt = (x) => { const box = trackBox(); return clamp((x - box.left) / box.width, 0, 1) * data.duration; };
    const maxZoom = () => Math.max(1, (data.duration * 60) / Math.max(1, trackBox().width / zoom));

    function drawTicks() {
      const box = trackBox(), wanted = Math.max(2, Math.floor(box.width / 90));
      const step = STEPS_S.find((s) => data.duration / s <= wanted) || STEPS_S[STEPS_S.length - 1];
      const lines = byId("tick-lines"), decimals = step >= 1 ? 0 : 1;
      axis.replaceChildren();
      lines.replaceChildren();
      for (let n = 0; n * step <= data.duration + 1e-9; n++) {
        const at = (100 * n * step) / data.duration + "%", text = document.createElementNS(SVG, "text"), line = document.createElementNS(SVG, "line");
        const near = ((data.duration - n * step) / data.duration) * box.width < 24;
        text.setAttribute("x", at);
        text.setAttribute("y", "15");
        text.setAttribute("text-anchor", n === 0 ? "start" : near ? "end" : "middle");
        text.textContent = clock(n * step, decimals);
        for (const [name, value] of [["x1", at], ["x2", at], ["y1", "0"], ["y2", "100%"], ["class", "tick"]]) line.setAttribute(name, value);
        axis.append(text);
        lines.append(line);
      }
      const scenes = chart.querySelector('[data-strip="scenes"]'); // markers closer than 8 px would hide the strip
      if (scenes) scenes.classList.toggle("dense", box.width / data.scenes.length < 8);
      byId("zoom-text").textContent = zoom > 1.01 ? "×" + (zoom < 10 ? zoom.toFixed(1) : Math.round(zoom)) : "";
    }

    function zoomTo(next, time, x) {
      const view = chart.getBoundingClientRect();
      const anchorX = x === undefined ? view.left + view.width / 2 : x;
      const anchorT = time === undefined ? timeAt(anchorX) : time;
      zoom = clamp(next, 1, maxZoom());
      plot.style.setProperty("--zoom", String(zoom));
      const box = trackBox();
      chart.scrollLeft += box.left + (anchorT / data.duration) * box.width - anchorX;
      drawTicks();
    }

    function zoomToRange(fromS, toS) {
      const visible = trackBox().width / zoom;
      zoomTo(data.duration / Math.max(toS - fromS, 0.01), (fromS + toS) / 2, chart.getBoundingClientRect().right - 14 - visible / 2);
    }

    function nearest(lane, time, slackS) {
      let best = -1, distance = slackS;
      data.lanes[lane].airings.forEach((a, index) => {
        const away = Math.max(a[1] - time, time - a[2], 0);
        if (away < distance || (away === 0 && distance > 0)) { best = index; distance = away; }
      });
      return best;
    }

    function describe(track, time, slackS) {
      if (track.dataset.lane !== undefined) {
        const lane = Number(track.dataset.lane), index = nearest(lane, time, slackS);
        if (index >= 0) return airing(lane, index);
      }
      const damaged = data.damaged.find((d) => time >= d[0] - slackS && time <= d[1] + slackS);
      if (damaged) return { title: "Damaged, could not be read", lines: [clock(damaged[0], 3) + " – " + clock(damaged[1], 3), damaged[2], damaged[3]] };
      if (track.dataset.strip === "scenes") {
        const n = data.scenes.findIndex((s) => time >= s[0] && time < s[1]), s = data.scenes[n];
        if (s) return { title: "Scene " + (n + 1), lines: [clock(s[0], 3) + " – " + clock(s[1], 3), "begins with: " + s[2]], image: s[3] ? byId("s-" + n) : null };
      }
      if (track.dataset.strip === "chunks") {
        const c = data.chunks.find((chunk) => time >= chunk[0] && time < chunk[1]);
        if (c) return { title: c[2], lines: [clock(c[0], 3) + " – " + clock(c[1], 3)] };
      }
      return null;
    }

    function airing(lane, index) {
      const a = data.lanes[lane].airings[index], [id, start, end, seconds, score, size, position, decider, text] = a;
      const lines = [clock(start, 3) + " – " + clock(end, 3), seconds.toFixed(1) + " s on screen · score " + Math.round(score), size + " of the frame · " + position];
      if (text) lines.push("read: “" + text + "”");
      lines.push("decided by " + decider + (data.deciders[decider] ? " (" + data.deciders[decider].toLowerCase() + ")" : ""));
      const anchor = byId("a-" + id);
      return { title: data.lanes[lane].brand, lines, image: anchor && anchor.querySelector("img"), link: "a-" + id, lane, index };
    }

    function show(item, x, y, pin) {
      hide();
      if (!item) return;
      pinned = Boolean(pin);
      const add = (tag, css, text) => { const node = document.createElement(tag); node.className = css; node.textContent = text; tip.append(node); return node; };
      if (item.image) { const image = new Image(); image.src = item.image.src; image.alt = ""; tip.append(image); }
      add("div", "t", item.title);
      item.lines.filter(Boolean).forEach((line) => add("div", "l", line));
      if (item.link && pinned) { const link = add("a", "", "Show in the evidence"); link.href = "#" + item.link; }
      tip.classList.toggle("pinned", pinned);
      tip.hidden = false;
      const width = tip.offsetWidth, height = tip.offsetHeight, below = y + 18 + height < window.innerHeight;
      tip.style.left = clamp(x - width / 2, 8, Math.max(8, window.innerWidth - width - 8)) + "px";
      tip.style.top = (below ? y + 18 : Math.max(8, y - height - 14)) + "px";
      if (item.lane !== undefined) {
        marked = chart.querySelectorAll(".lane .track")[item.lane].querySelectorAll(".bar")[item.index];
        marked.classList.add("on");
        current = { lane: item.lane, index: item.index };
      }
    }

    function hide() {
      tip.hidden = true;
      tip.replaceChildren();
      pinned = byKey = false;
      if (marked) marked.classList.remove("on");
      marked = null;
    }

    const trackOf = (event) => event.target.closest && event.target.closest(".track[data-lane], .track[data-strip]");
    const itemAt = (event, reachPx) => { const track = trackOf(event); return track && describe(track, timeAt(event.clientX), (reachPx / trackBox().width) * data.duration); };

    plot.addEventListener("pointermove", (event) => {
      if (drag) {
        const left = plot.getBoundingClientRect().left;
        drag.moved = drag.moved || Math.abs(event.clientX - drag.x) > 6;
        selection.hidden = !drag.moved;
        selection.style.left = Math.min(drag.x, event.clientX) - left + "px";
        selection.style.width = Math.abs(event.clientX - drag.x) + "px";
        if (drag.moved) hide();
      } else if (event.pointerType === "mouse" && !pinned) show(itemAt(event, 6), event.clientX, event.clientY);
    });
    plot.addEventListener("pointerleave", () => { if (!pinned && !drag) hide(); });
    plot.addEventListener("pointerdown", (event) => {
      if (event.pointerType !== "mouse" || event.button !== 0 || event.target.closest(".lane-label")) return;
      drag = { x: event.clientX, time: timeAt(event.clientX), moved: false };
      event.preventDefault();
    });
    window.addEventListener("pointerup", (event) => {
      const was = drag;
      drag = null;
      selection.hidden = true;
      if (!was || !was.moved) return;
      const to = timeAt(event.clientX);
      zoomToRange(Math.min(was.time, to), Math.max(was.time, to));
      justDragged = true; // the click that follows a drag is no click on a bar
      setTimeout(() => { justDragged = false; }, 0);
    });
    document.addEventListener("click", (event) => {
      if (justDragged || tip.contains(event.target)) return;
      if (plot.contains(event.target)) show(itemAt(event, 14), event.clientX, event.clientY, true);
      else hide();
    });
    chart.addEventListener("wheel", (event) => {
      if (!event.ctrlKey && !event.metaKey) return;
      event.preventDefault();
      zoomTo(zoom * Math.exp(-event.deltaY / 300), undefined, event.clientX);
    }, { passive: false });
    chart.addEventListener("scroll", () => { if (!byKey) hide(); });

    chart.addEventListener("keydown", (event) => {
      const track = trackOf(event), lane = track && track.dataset.lane !== undefined ? Number(track.dataset.lane) : -1;
      const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
      if (event.key === "Escape") hide();
      else if (event.key === "+" || event.key === "=") zoomTo(zoom * 2);
      else if (event.key === "-") zoomTo(zoom / 2);
      else if (event.key === "0") zoomTo(1);
      else if (event.key === "Enter" && marked && current.lane === lane) { const id = data.lanes[lane].airings[current.index][0]; hide(); reveal("a-" + id); byId("a-" + id).focus(); }
      else if (step && lane >= 0) {
        const last = data.lanes[lane].airings.length - 1;
        const index = current.lane === lane ? clamp(current.index + step, 0, last) : step > 0 ? 0 : last;
        const bar = track.querySelectorAll(".bar")[index], view = chart.getBoundingClientRect();
        const middle = () => { const box = bar.getBoundingClientRect(); return box.left + box.width / 2; };
        if (middle() < view.left + 40 || middle() > view.right - 40) chart.scrollLeft += middle() - (view.left + view.width / 2);
        show(airing(lane, index), middle(), bar.getBoundingClientRect().bottom);
        byKey = true;
      } else return;
      event.preventDefault();
    });
    chart.addEventListener("focusout", () => { if (!pinned) hide(); });
    byId("zoom-in").addEventListener("click", () => zoomTo(zoom * 2));
    byId("zoom-out").addEventListener("click", () => zoomTo(zoom / 2));
    byId("zoom-fit").addEventListener("click", () => zoomTo(1));
    window.addEventListener("resize", drawTicks);
    window.addEventListener("beforeprint", () => zoomTo(1));
    drawTicks();
  }

  brandTable();
  timeline();
  window.addEventListener("hashchange", () => reveal(decodeURIComponent(location.hash.slice(1))));
  if (location.hash) reveal(decodeURIComponent(location.hash.slice(1)));
  window.addEventListener("beforeprint", () => document.querySelectorAll("details.brand").forEach((node) => { node.open = true; }));
})();
