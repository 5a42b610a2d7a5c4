/**
 * Characters that exist in one of the two Chinese scripts only, frequent in shop talk. Most characters are shared, so
 * a text is told apart by these; pairs stand at the same index.
 */
const simplified =
  '们这个来说时对会国过还没学实问题给让见间开关门长东车马鸟鱼龙单买卖钱价货质费优运输递达迟缓减满赠码颜红绿蓝黄裤衬鞋网购订确认发现选择错误换损坏裂谢请帮谁吗么样种样应该什处级别较尺寸个张条双颗块万亿体头脸里边点线图书写读听讲话语词讯电脑机器动乐欢爱难气热温热风云电设备办务业产养顾师级员团队总结经验证据练习医药护饭馆丽惊喜礼盒装箱邮税关报销账户银转联系络稳变旧坏轻软硬';
const traditional =
  '們這個來說時對會國過還沒學實問題給讓見間開關門長東車馬鳥魚龍單買賣錢價貨質費優運輸遞達遲緩減滿贈碼顏紅綠藍黃褲襯鞋網購訂確認發現選擇錯誤換損壞裂謝請幫誰嗎麼樣種樣應該什處級別較尺寸個張條雙顆塊萬億體頭臉裡邊點線圖書寫讀聽講話語詞訊電腦機器動樂歡愛難氣熱溫熱風雲電設備辦務業產養顧師級員團隊總結經驗證據練習醫藥護飯館麗驚喜禮盒裝箱郵稅關報銷賬戶銀轉聯繫絡穩變舊壞輕軟硬';

const onlySimplified = new Set([...simplified].filter((char) => !traditional.includes(char)));
const onlyTraditional = new Set([...traditional].filter((char) => !simplified.includes(char)));

/** Which Chinese script a text uses; null when every character belongs to both. */
export function chineseScriptOf(text: string): 'Hans' | 'Hant' | null {
  let balance = 0;
  for (const char of text) balance += Number(onlyTraditional.has(char)) - Number(onlySimplified.has(char));
  return balance === 0 ? null : balance > 0 ? 'Hant' : 'Hans';
}
