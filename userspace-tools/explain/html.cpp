/* SPDX-License-Identifier: GPL-2.0 */
#include "explain/html.hpp"

#include <fmt/format.h>

#include "explain/engine.hpp"
#include "explain/picture.hpp"
#include "explain/words.hpp"
#include "text/numbers.hpp"

namespace minimm {
namespace {

constexpr std::string_view kStyle = R"(
:root {
  color-scheme: light dark;
  --paper: #ffffff; --ink: #1a1a1a; --quiet: #5a6068; --free: #eef1f4; --pages: #2f5d9b; --own: #6b6b6b;
  --changed: #e07b00; --c0: #2e7d4f; --c1: #8a3f8f; --c2: #a23b3b; --c3: #1f7a85; --c4: #7a5a00;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #15181c; --ink: #eceff2; --quiet: #a6adb5; --free: #262b31; --pages: #7fb0f0; --own: #b4b4b4;
    --changed: #ffad42; --c0: #7fd3a1; --c1: #d9a3de; --c2: #f09a9a; --c3: #7ad0db; --c4: #e3c35b;
  }
}
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 84rem; padding: 1rem 2rem 6rem; background: var(--paper); color: var(--ink);
  font: 1.35rem/1.45 'Helvetica Neue', Arial, 'Liberation Sans', sans-serif; }
h1 { font-size: 2.1rem; margin: 0.5rem 0; }
.about { color: var(--quiet); margin: 0.4rem 0; }
.sentence { font-size: 1.6rem; font-weight: bold; margin: 1rem 0 0.5rem; }
code { font: 1.15rem 'DejaVu Sans Mono', Menlo, monospace; color: var(--quiet); display: block; overflow-wrap: anywhere; }
ul { margin: 0.6rem 0 1rem; padding-left: 1.6rem; }
li.bad { color: var(--changed); font-weight: bold; }
svg { width: 100%; height: auto; display: block; }
table { border-collapse: collapse; margin: 0.5rem 0; }
th, td { padding: 0.1rem 1rem; text-align: right; }
th { color: var(--quiet); font-weight: normal; font-size: 1.1rem; }
td.none { color: var(--quiet); }
td.some { font-weight: bold; }
nav { display: none; position: fixed; left: 0; right: 0; bottom: 0; padding: 0.6rem 2rem; gap: 1rem;
  align-items: center; justify-content: center; background: var(--paper); border-top: 1px solid var(--quiet); }
button { font: inherit; padding: 0.3rem 1.4rem; color: var(--ink); background: var(--free);
  border: 1px solid var(--quiet); border-radius: 0.4rem; cursor: pointer; }
button:disabled { opacity: 0.4; cursor: default; }
button:focus-visible { outline: 3px solid var(--changed); }
#place { min-width: 9rem; text-align: center; }
.walking nav { display: flex; }
.walking section:not(.current) { display: none; }
@media print {
  body { font-size: 11pt; padding: 0; }
  .walking section:not(.current) { display: block; }
  .walking nav { display: none; }
  section { break-inside: avoid; }
}
)";

constexpr std::string_view kScript = R"(
(function () {
  var steps = document.querySelectorAll('section'), at = 0;
  var back = document.getElementById('back'), on = document.getElementById('on');
  var place = document.getElementById('place');
  function show(wanted) {
    at = Math.max(0, Math.min(steps.length - 1, wanted));
    steps.forEach(function (step, i) { step.classList.toggle('current', i === at); });
    place.textContent = at === 0 ? 'beginning' : 'step ' + at + ' of ' + (steps.length - 1);
    back.disabled = at === 0;
    on.disabled = at === steps.length - 1;
    if (location.hash !== '#' + at) history.replaceState(null, '', '#' + at);
    window.scrollTo(0, 0);
  }
  var keys = { ArrowRight: 1, ArrowDown: 1, PageDown: 1, ' ': 1, ArrowLeft: -1, ArrowUp: -1, PageUp: -1,
               Home: -Infinity, End: Infinity };
  document.addEventListener('keydown', function (event) {
    if (event.altKey || event.ctrlKey || event.metaKey || !(event.key in keys)) return;
    if (event.target.tagName === 'BUTTON') { if (event.key === ' ') return; }
    event.preventDefault();
    show(at + keys[event.key]);
  });
  back.addEventListener('click', function () { show(at - 1); });
  on.addEventListener('click', function () { show(at + 1); });
  window.addEventListener('hashchange', function () { show(parseInt(location.hash.slice(1), 10) || 0); });
  document.body.classList.add('walking');
  show(parseInt(location.hash.slice(1), 10) || 0);
})();
)";

std::string picture(const Story& story, std::size_t number) {
  Canvas canvas;
  const double height = draw_picture(canvas, story, number, 4);
  return fmt::format("<svg viewBox=\"0 0 {:.0f} {:.0f}\" role=\"img\" aria-label=\"the segment\">\n{}</svg>\n",
                     kPictureWidth, height, canvas.markup());
}

std::string free_blocks(const Story& story, const Snapshot& snapshot) {
  std::string sizes, counts;
  for (std::size_t order = 0; order < snapshot.free_blocks.size(); order++) {
    const std::uint64_t count = snapshot.free_blocks[order];
    sizes += fmt::format("<th>{}</th>", kilobytes(std::uint64_t{story.page_size} << order));
    counts += fmt::format("<td class=\"{}\">{}</td>", count == 0 ? "none" : "some", count);
  }
  return fmt::format("<table><tr><th>free blocks of</th>{}</tr>\n<tr><th>{} free</th>{}</tr></table>\n", sizes,
                     kilobytes(snapshot.free_pages * story.page_size), counts);
}

std::string step_section(const Story& story, std::size_t number) {
  const Step& step = story.steps[number];
  const std::string sentence = step.sentence.empty() ? "" : ' ' + step.sentence;
  std::string text = fmt::format("<section>\n<p class=\"sentence\">{}.{}</p>\n", number + 1, html_text(sentence));
  for (const std::string& command : step.commands) text += fmt::format("<code>{}</code>\n", escaped(command));
  text += "<ul>\n";
  for (const std::string& told : step.told) text += fmt::format("<li>{}</li>\n", html_text(told));
  if (!step.refused.empty()) text += fmt::format("<li>{}</li>\n", escaped(step.refused));
  if (step.told.empty() && step.refused.empty()) text += "<li>nothing happens in the segment</li>\n";
  for (const CheckResult& check : step.checks)
    if (!check.holds())
      text += fmt::format("<li class=\"bad\">NOT as it should be: {}, expected {}, found {}</li>\n",
                          escaped(check.what), escaped(check.expected), escaped(check.found));
  return text + "</ul>\n" + picture(story, number) + free_blocks(story, step.after) + "</section>\n";
}

}  // namespace

std::string story_html(const Story& story) {
  const std::string title = escaped(story.title.empty() ? "Step by step" : story.title);
  std::string text = fmt::format(
      "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\"/>\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n"
      "<title>{}</title>\n<style>{}{}</style>\n</head>\n<body>\n<h1>{}</h1>\n",
      title, kStyle, picture_style(), title);
  text += fmt::format(
      "<section>\n<p>{}</p>\n<p class=\"about\">A segment of {}, {} of {}; page engine {}, placement "
      "{}.</p>\n{}{}</section>\n",
      html_text(story.introduction), kilobytes(std::uint64_t{story.pages} * story.page_size),
      count_text(story.pages, "page"), kilobytes(story.page_size), escaped(story.page_engine), escaped(story.placement),
      picture(story, kBeginning), free_blocks(story, story.before));
  for (std::size_t i = 0; i < story.steps.size(); i++) text += step_section(story, i);
  text += fmt::format(
      "<nav><button id=\"back\" type=\"button\">&#8592; back</button><span id=\"place\"></span>"
      "<button id=\"on\" type=\"button\">on &#8594;</button></nav>\n<script>{}</script>\n</body>\n</html>\n",
      kScript);
  return text;
}

}  // namespace minimm
