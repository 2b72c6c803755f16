// Everything works without this file; it makes a few things handier.
(function () {
	"use strict";

	// "/" leads to the search.
	document.addEventListener("keydown", function (event) {
		if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey) return;
		var at = event.target;
		if (at.isContentEditable || /^(INPUT|SELECT|TEXTAREA)$/.test(at.tagName)) return;
		var search = document.getElementById("search");
		if (!search) return;
		event.preventDefault();
		search.focus();
		search.select();
	});

	// The menu closes with Escape and by a press beside it.
	var menu = document.querySelector("details.menu");
	if (menu) {
		document.addEventListener("keydown", function (event) {
			if (event.key !== "Escape" || !menu.open) return;
			menu.open = false;
			menu.querySelector("summary").focus();
		});
		document.addEventListener("click", function (event) {
			if (!menu.contains(event.target)) menu.open = false;
		});
	}

	// data-copy names the element whose text the button copies.
	document.querySelectorAll("button[data-copy]").forEach(function (button) {
		var source = document.getElementById(button.dataset.copy);
		if (!source || !navigator.clipboard) return;
		button.hidden = false;
		button.addEventListener("click", function () {
			navigator.clipboard.writeText(source.textContent.trim()).then(function () {
				button.textContent = button.dataset.done;
			});
		});
	});

	// data-all names the checkboxes that follow this one.
	document.querySelectorAll("input[data-all]").forEach(function (all) {
		var boxes = document.querySelectorAll('input[type="checkbox"][name="' + all.dataset.all + '"]');
		all.closest("[hidden]") && (all.closest("[hidden]").hidden = false);
		all.addEventListener("change", function () {
			boxes.forEach(function (box) { box.checked = all.checked; });
		});
	});
})();
