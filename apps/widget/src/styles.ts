/** In a shadow tree, as a constructed sheet: the page's own styles do not reach it, and a strict `style-src` lets it pass. */
export const styles = `
:host { all: initial !important; }
* { box-sizing: border-box; }
.root { --accent: #0f766e; font: 15px/1.45 system-ui, "Segoe UI", Roboto, "Noto Sans", "PingFang SC", "Hiragino Sans", "Microsoft YaHei", "Noto Sans Arabic", sans-serif; color: #17211f; }
button { font: inherit; cursor: pointer; color: inherit; }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
.launcher { position: fixed; inset-block-end: 20px; inset-inline-end: 20px; z-index: 2147483000; width: 56px; height: 56px; border: 0; border-radius: 50%; background: var(--accent); color: #fff; box-shadow: 0 4px 16px rgb(0 0 0 / .25); display: grid; place-items: center; }
.badge { position: absolute; inset-block-start: -4px; inset-inline-end: -4px; min-width: 20px; padding: 0 5px; border-radius: 10px; background: #b42318; color: #fff; font-size: 12px; line-height: 20px; text-align: center; }
.panel { position: fixed; inset-block-end: 88px; inset-inline-end: 20px; z-index: 2147483000; display: flex; flex-direction: column; width: min(380px, calc(100vw - 40px)); height: min(600px, calc(100dvh - 110px)); overflow: hidden; border-radius: 16px; background: #fff; box-shadow: 0 12px 40px rgb(0 0 0 / .28); }
header { display: flex; align-items: center; justify-content: space-between; gap: 8px; padding: 14px 16px; background: var(--accent); color: #fff; }
header button { width: 32px; height: 32px; border: 0; border-radius: 8px; background: transparent; color: #fff; font-size: 22px; line-height: 1; }
.banner { margin: 0; padding: 8px 16px; background: #fef3c7; color: #92400e; font-size: 13px; }
.log { flex: 1; overflow-y: auto; display: flex; flex-direction: column; gap: 8px; padding: 16px; background: #f7f8f6; }
.hint { margin: 0; color: #5d6966; font-size: 13px; text-align: center; }
.bubble { max-width: 85%; padding: 8px 12px; border-radius: 14px; overflow-wrap: anywhere; }
.bubble p { margin: 0; white-space: pre-wrap; }
.bubble img { display: block; max-width: 100%; border-radius: 10px; }
.mine { align-self: flex-end; background: var(--accent); color: #fff; border-end-end-radius: 4px; }
.theirs { align-self: flex-start; background: #fff; border: 1px solid #e3e6e1; border-end-start-radius: 4px; }
.mine a { color: inherit; }
.waiting { opacity: .65; }
.failed { background: #fde8e6; color: #b42318; }
small { display: block; font-size: 12px; }
small button { border: 0; background: none; padding: 0; text-decoration: underline; }
.composer { display: flex; flex-wrap: wrap; align-items: flex-end; gap: 8px; padding: 10px 12px; border-top: 1px solid #e3e6e1; background: #fff; }
.composer p { flex-basis: 100%; margin: 0; color: #b42318; font-size: 13px; }
textarea { flex: 1; min-width: 0; max-height: 120px; resize: none; border: 1px solid #d4d9d2; border-radius: 10px; padding: 8px 10px; font: inherit; font-size: 16px; color: inherit; background: #fff; }
.clip { width: 40px; height: 40px; border: 0; border-radius: 10px; background: transparent; }
.send { height: 40px; padding: 0 14px; border: 0; border-radius: 10px; background: var(--accent); color: #fff; font-weight: 600; }
.send:disabled { opacity: .4; cursor: default; }
@media (max-width: 600px) {
  .panel { inset: 0; width: auto; height: 100dvh; border-radius: 0; z-index: 2147483001; padding-block-end: env(safe-area-inset-bottom); }
}
`;
