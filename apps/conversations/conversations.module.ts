import { Module } from '@nestjs/common';
import { House } from '@parley/runtime';
import { createTranslator, Translator } from '@parley/translation';
import { AccountHealth } from './api/accounts/account-health';
import { AccountsController } from './api/accounts/accounts.controller';
import { ConnectorsController } from './api/accounts/connectors.controller';
import { Idempotency } from './api/call/idempotency';
import { KeyRing } from './api/call/key-ring';
import { RateLimits } from './api/call/rate-limits';
import { ContactsController } from './api/contacts.controller';
import { ConversationsController } from './api/conversations.controller';
import { DeadLettersController } from './api/dead-letters.controller';
import { DecisionsController } from './api/decisions.controller';
import { FirstMerchant } from './api/first-merchant';
import { GlossaryController } from './api/glossary.controller';
import { KeysController } from './api/keys.controller';
import { LedgerController } from './api/ledger.controller';
import { MediaController } from './api/media.controller';
import { MediaLinks } from './api/media-links';
import { MerchantsController } from './api/merchants.controller';
import { MessagesController } from './api/messages.controller';
import { DocsController } from './api/openapi/docs.controller';
import { Decisions } from './api/replies/decisions';
import { Drafting } from './api/replies/drafting';
import { FirstWords } from './api/replies/first-words';
import { Previews } from './api/replies/preview';
import { Replies } from './api/replies/replies';
import { ReplyDesk } from './api/replies/reply-desk';
import { Signals } from './api/replies/signals';
import { RepliesController } from './api/replies.controller';
import { ProjectionModule } from './projection/projection.module';
import { EventFeed } from './realtime/event-feed';
import { EventsController } from './realtime/events.controller';
import { RealtimeGateway } from './realtime/realtime.gateway';
import { TypingNews } from './realtime/typing';
import { BuyerReceipts } from './webchat/buyer-receipts';
import { PagesController } from './webchat/pages.controller';
import { Visits } from './webchat/visits';
import { WebchatController } from './webchat/webchat.controller';
import { WebchatGateway } from './webchat/webchat.gateway';
import { WebchatCors } from './webchat/webchat-cors';

/**
 * Reads inbound.message, inbound.translated, outbound.message, outbound.translated, outbound.delivery, dead.letter; calls of the API.
 * Writes outbound.message, outbound.signal, outbound.delivery (receipts of the chat window), parley.events.
 * Owns the schema `conversations`: merchants, keys, accounts, contacts, conversations, messages, the event stream.
 */
@Module({
  imports: [ProjectionModule],
  controllers: [
    ConversationsController,
    MessagesController,
    RepliesController,
    DecisionsController,
    LedgerController,
    MediaController,
    AccountsController,
    ConnectorsController,
    ContactsController,
    GlossaryController,
    EventsController,
    DeadLettersController,
    KeysController,
    MerchantsController,
    WebchatController,
    DocsController,
    PagesController,
  ],
  providers: [
    KeyRing,
    RateLimits,
    Idempotency,
    FirstMerchant,
    MediaLinks,
    AccountHealth,
    Drafting,
    ReplyDesk,
    Replies,
    Previews,
    FirstWords,
    Decisions,
    Signals,
    EventFeed,
    TypingNews,
    RealtimeGateway,
    Visits,
    BuyerReceipts,
    WebchatGateway,
    WebchatCors,
    { provide: Translator, useFactory: (house: House) => createTranslator(house.config, { log: house.log }), inject: [House] },
  ],
})
export class ConversationsModule {}
