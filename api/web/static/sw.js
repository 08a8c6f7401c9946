/* Keeps the pages a person last saw, for places without a network. Never keeps answers to a POST,
   and forgets everything at sign-out. */
"use strict";
const SHELL = "vigil-shell-1";
const SEEN = "vigil-seen-1";
const FILES = ["/static/app.css", "/static/app.js", "/static/icon.svg"];
self.addEventListener("install", (e) => e.waitUntil(caches.open(SHELL).then((c) => c.addAll(FILES)).then(() => self.skipWaiting())));
self.addEventListener("activate", (e) => e.waitUntil(self.clients.claim()));
self.addEventListener("fetch", (e) => {
  const url = new URL(e.request.url);
  if (url.origin !== location.origin) return;
  if (url.pathname === "/sign-out") { e.waitUntil(caches.delete(SEEN)); return; }
  if (e.request.method !== "GET" || url.pathname.startsWith("/api/")) return;
  const page = e.request.mode === "navigate";
  if (!page && !url.pathname.startsWith("/static/")) return;
  e.respondWith(fetch(e.request).then((answer) => {
    if (answer.ok && !answer.redirected) { const copy = answer.clone(); caches.open(page ? SEEN : SHELL).then((c) => c.put(e.request, copy)); }
    return answer;
  }).catch(() => caches.match(e.request).then((kept) => kept || new Response("<!doctype html><meta charset=utf-8><meta name=viewport content='width=device-width'><title>Vigil</title><link rel=stylesheet href=/static/app.css><main><h1>离线 · Offline</h1><p>此页面尚未查看过，联网后再试。<br>You have not seen this page yet; try again with a network.</p></main>", { status: 503, headers: { "Content-Type": "text/html; charset=utf-8" } }))));
});
