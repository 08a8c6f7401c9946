/* Keeps the pages a person last saw, for places without a network: for twelve hours and for this
   sign-in only. Never keeps downloads or answers to a POST; forgets everything when somebody signs
   in or out, and when the service says that nobody is signed in any more. */
"use strict";
const SHELL = "vigil-shell-1";
const SEEN = "vigil-seen-2";
const KEPT_MS = 12 * 3600 * 1000;
const KEPT_AT = "x-vigil-kept-at";
const FILES = ["/static/app.css", "/static/app.js", "/static/icon.svg"];
const NOTHING = "<!doctype html><meta charset=utf-8><meta name=viewport content='width=device-width'><title>Vigil</title><link rel=stylesheet href=/static/app.css><main><h1>离线 · Offline</h1><p>此页面尚未查看过，联网后再试。<br>You have not seen this page yet; try again with a network.</p></main>";

const forget = () => caches.delete(SEEN);

/* True where an answer says that the person is not signed in (any more). */
const ended = (answer) => answer.status === 401 || (answer.redirected && new URL(answer.url).pathname === "/sign-in");

const keeps = (answer) => answer.ok && !answer.redirected
  && !(answer.headers.get("content-disposition") || "").startsWith("attachment");

async function keep(request, answer) {
  const headers = new Headers(answer.headers);
  headers.set(KEPT_AT, String(Date.now()));
  const copy = new Response(await answer.blob(), { status: answer.status, headers });
  await (await caches.open(SEEN)).put(request, copy);
}

async function kept(request) {
  const found = await (await caches.open(SEEN)).match(request);
  if (found && Date.now() - Number(found.headers.get(KEPT_AT)) < KEPT_MS) return found;
  return new Response(NOTHING, { status: 503, headers: { "Content-Type": "text/html; charset=utf-8" } });
}

async function page(event) {
  try {
    const answer = await fetch(event.request);
    if (ended(answer)) await forget();
    else if (keeps(answer)) event.waitUntil(keep(event.request, answer.clone()));
    return answer;
  } catch (_) {
    return kept(event.request);
  }
}

async function file(event) {
  try {
    const answer = await fetch(event.request);
    if (answer.ok) { const copy = answer.clone(); event.waitUntil(caches.open(SHELL).then((c) => c.put(event.request, copy))); }
    return answer;
  } catch (_) {
    return (await caches.match(event.request)) || Response.error();
  }
}

self.addEventListener("install", (e) => e.waitUntil(caches.open(SHELL).then((c) => c.addAll(FILES)).then(() => self.skipWaiting())));
self.addEventListener("activate", (e) => e.waitUntil(caches.keys()
  .then((names) => Promise.all(names.filter((n) => n !== SHELL && n !== SEEN).map((n) => caches.delete(n))))
  .then(() => self.clients.claim())));
self.addEventListener("fetch", (e) => {
  const url = new URL(e.request.url);
  if (url.origin !== location.origin) return;
  if (url.pathname === "/sign-out" || url.pathname === "/sign-in") { e.waitUntil(forget()); return; }
  if (e.request.method !== "GET" || url.pathname.startsWith("/api/")) return;
  if (e.request.mode === "navigate") e.respondWith(page(e));
  else if (url.pathname.startsWith("/static/")) e.respondWith(file(e));
});
