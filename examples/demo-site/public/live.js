// The settings page shows a link made or undone elsewhere without a reload by hand.
new EventSource('/settings/live').addEventListener('link', () => location.reload())
