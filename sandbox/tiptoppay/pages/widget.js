// Stands in for the provider's widget: the payer goes to a page of the stand-in and comes back.
window.tiptop = {
  Widget: class {
    start(parameters) {
      window.location.assign($home + "/widget?p=" + encodeURIComponent(JSON.stringify(parameters)));
    }
  },
};
