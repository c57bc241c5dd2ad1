"use strict";
(function () {
  function busy(part) {
    return part.contains(document.activeElement) && document.activeElement.tagName === "INPUT";
  }

  function refresh() {
    if (document.hidden) { return; }
    fetch(window.location.href, {headers: {"Accept": "text/html"}})
      .then(function (answer) { return answer.text(); })
      .then(function (text) {
        var fresh = new DOMParser().parseFromString(text, "text/html");
        document.querySelectorAll("[data-live]").forEach(function (part) {
          var next = fresh.getElementById(part.id);
          if (next && !busy(part)) { part.replaceChildren.apply(part, Array.from(next.childNodes)); }
        });
      })
      .catch(function () { return undefined; });
  }

  window.setInterval(refresh, 2000);
}());
