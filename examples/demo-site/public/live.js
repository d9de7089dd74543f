// The settings page shows a link made or undone elsewhere without a reload by hand.
const feed = new EventSource('/settings/live')
feed.addEventListener('link', () => location.reload())
// A form of this page leads to a page of its own, whose notice is shown once: no reload may overtake it.
addEventListener('submit', () => feed.close())
