#include "ctl/api/dispatch.h"

#include "ctl/api/problem.h"

namespace croft::ctl {
namespace {

using runtime::Error;
using runtime::ErrorKind;

Reply overloaded() {
  Error error(ErrorKind::kUnavailable, "the daemon has too many requests to carry out");
  error.cure("try again in a moment");
  return problem_reply(error);
}

bool is_retryable(int status) {
  return status == 423 || status == 503 || status == 504;
}

Reply reply_of(const Request& request, Answer answer) {
  if (!request.if_none_match.empty() && request.if_none_match == answer.etag) {
    Reply reply = text_reply(304, "");
    reply.headers.emplace_back("ETag", '"' + answer.etag + '"');
    return reply;
  }
  if (!answer.text.empty()) {
    Reply reply = text_reply(answer.status, std::move(answer.text));
    reply.content_type = answer.content_type;
    return reply;
  }
  if (is_list(*request.route)) {
    Json items = answer.body.is_object() ? std::move(answer.body["items"]) : std::move(answer.body);
    answer.body = make_page(std::move(items), request.listing);
  } else if (!request.listing.fields.empty()) {
    answer.body = pick_fields(std::move(answer.body), request.listing.fields);
  }
  Reply reply =
      answer.body.is_null() ? text_reply(answer.status, "") : json_reply(answer.status, answer.body);
  if (!answer.etag.empty()) reply.headers.emplace_back("ETag", '"' + answer.etag + '"');
  if (!answer.location.empty()) reply.headers.emplace_back("Location", answer.location);
  return reply;
}

Reply reply_of_known(const Json& known) {
  Reply reply = text_reply(known.at("status").get<int>(), known.at("body").get<std::string>());
  if (reply.status >= 400) reply.content_type = "application/problem+json";
  for (const auto& [name, value] : known.at("headers").items())
    reply.headers.emplace_back(name, value.get<std::string>());
  return reply;
}

Json known_of_reply(const Reply& reply) {
  Json headers = Json::object();
  for (const auto& [name, value] : reply.headers) headers[name] = value;
  return {{"status", reply.status}, {"body", reply.body}, {"headers", std::move(headers)}};
}

Reply operation_reply(int status, const Operation& operation) {
  Reply reply = text_reply(status, operation.text());
  reply.headers.emplace_back("Location", "/v1/operations/" + operation.id);
  return reply;
}

}  // namespace

// The operation of one request, once it has begun: the deadline may come first.
struct Dispatcher::Started {
  std::mutex mutex;
  OperationPtr operation;
  std::uint64_t ticket = 0;

  void set(OperationPtr value, std::uint64_t waiting) {
    const std::lock_guard lock(mutex);
    operation = std::move(value);
    ticket = waiting;
  }
  // Nobody waits for the end any more; null when it has not begun.
  OperationPtr give_up() {
    const std::lock_guard lock(mutex);
    if (operation) Operations::ignore(operation, ticket);
    return operation;
  }
};

Dispatcher::Dispatcher(Backend& backend, const Clock& clock, bool allow_faults, DispatchLimits limits,
                       Log log)
    : backend_(backend),
      allow_faults_(allow_faults),
      log_(std::move(log)),
      operations_(backend, operations_pool_, clock, limits.finished_operations,
                  [this](const Operation& operation, const Error& error) {
                    log_({LogRecord::Level::kWarning, error.what(), operation.verb, operation.object,
                          std::string(runtime::code_of(error.kind())), 0});
                  }),
      idempotency_(backend, clock, limits.idempotency),
      operations_pool_(limits.operations),
      waits_(limits.waits),
      quick_(limits.quick) {
  operations_.load();
  idempotency_.load();
}

Begun Dispatcher::begin(const HttpRequest& http, const Respond& respond) {
  try {
    return route(http, respond);
  } catch (const Error& error) {
    return problem_reply(error);
  } catch (...) {
    return problem_reply(current_error());
  }
}

Begun Dispatcher::route(const HttpRequest& http, const Respond& respond) {
  auto request = std::make_shared<Request>(read_request(http, allow_faults_));
  switch (request->route->kind) {
    case RouteKind::kStream:
      return SwitchToStream{std::move(request->call)};
    case RouteKind::kBuiltin:
      return begin_builtin(std::move(request), respond);
    case RouteKind::kWait:
      return begin_wait(std::move(request), respond);
    case RouteKind::kOperation:
      if (request->call.dry_run) return begin_quick(operations_pool_, std::move(request), respond);
      return begin_operation(std::move(request), respond);
    case RouteKind::kQuick:
      break;
  }
  return begin_quick(quick_, std::move(request), respond);
}

// Does the work of one call; every failure becomes a reply, those that are not the caller's are reported.
Reply Dispatcher::guarded(const Call& call, const std::function<Reply()>& work) {
  try {
    return work();
  } catch (const Error& error) {
    report(call, object_of(call), error);
    return problem_reply(error);
  } catch (...) {
    const Error error = current_error();
    report(call, object_of(call), error);
    return problem_reply(error);
  }
}

void Dispatcher::report(const Call& call, const std::string& object, const Error& error) {
  if (error.kind() != ErrorKind::kSystem && error.kind() != ErrorKind::kExhausted) return;
  log_({LogRecord::Level::kError, error.what(), call.verb, object,
        std::string(runtime::code_of(error.kind())), call.actor.uid});
}

void Dispatcher::check_if_match(const Request& request) {
  if (request.call.if_match.empty()) return;
  Call show = request.call;
  show.verb = request.route->show;
  show.body = nullptr;
  show.dry_run = false;
  show.fail_at = -1;
  show.query.erase("force");
  if (backend_.call(show).etag != request.call.if_match)
    throw Rejected(412, ErrorKind::kConflict,
                   "`" + object_of(request.call) + "` has changed since it was read");
}

Reply Dispatcher::answer_once(Request& request) {
  check_if_match(request);
  try {
    return reply_of(request, backend_.call(request.call));
  } catch (const Error& error) {
    if (request.only_new && error.kind() == ErrorKind::kExists)
      throw Rejected(412, ErrorKind::kExists, error.what());
    if (error.kind() == ErrorKind::kConflict) check_if_match(request);  // it changed in between
    throw;
  }
}

Reply Dispatcher::answer(Request& request) {
  if (request.idempotency_key.empty()) return answer_once(request);
  if (const auto known = idempotency_.begin(request.idempotency_key, request.digest))
    return reply_of_known(*known);
  Reply reply = guarded(request.call, [&] { return answer_once(request); });
  if (is_retryable(reply.status))
    idempotency_.abandon(request.idempotency_key);
  else
    idempotency_.finish(request.idempotency_key, known_of_reply(reply));
  return reply;
}

Begun Dispatcher::begin_quick(Pool& pool, RequestPtr request, Respond respond) {
  const bool taken = pool.post([this, request = std::move(request), respond = std::move(respond)] {
    respond(guarded(request->call, [&] { return answer(*request); }));
  });
  if (!taken) return overloaded();
  return Pending{};
}

Begun Dispatcher::begin_wait(RequestPtr request, Respond respond) {
  auto gone = std::make_shared<std::atomic<bool>>(false);
  request->call.cancelled = gone.get();
  {
    const std::lock_guard lock(mutex_);
    waits_running_.insert(gone);
  }
  const auto end = [this, gone] {
    const std::lock_guard lock(mutex_);
    waits_running_.erase(gone);
  };
  const bool taken = waits_.post([this, end, request = std::move(request), respond = std::move(respond)] {
    Reply reply = guarded(request->call, [&] { return answer(*request); });
    end();
    respond(std::move(reply));
  });
  if (!taken) {
    end();
    return overloaded();
  }
  return Pending{{}, {}, gone};
}

// Nothing that blocks may happen before the caller has its Pending, so an operation that must be stored first
// is begun on a worker.
Begun Dispatcher::begin_operation(RequestPtr request, Respond respond) {
  auto started = std::make_shared<Started>();
  const std::chrono::seconds deadline(request->wait_s);
  const bool direct =
      request->wait_s > 0 && request->idempotency_key.empty() && request->call.if_match.empty();
  if (direct) {
    start_operation(request, respond, started);
  } else if (!quick_.post([this, request, respond, started] {
               const auto work = [&]() -> Reply {
                 start_operation(request, respond, started);
                 return {};
               };
               const Reply failed = guarded(request->call, work);
               if (!failed.body.empty()) respond(failed);
             })) {
    return overloaded();
  }
  if (deadline.count() == 0) return Pending{};
  return Pending{deadline,
                 [this, request, respond, started] {
                   const OperationPtr operation = started->give_up();
                   const auto late = [this, request, respond, operation] {
                     respond(guarded(request->call, [&] { return tell_operation(operation); }));
                   };
                   if (!operation || !quick_.post(late)) respond(overloaded());
                 },
                 nullptr};
}

Reply Dispatcher::tell_operation(const OperationPtr& operation) {
  operations_.tell(operation);
  return operation_reply(202, *operation);
}

void Dispatcher::start_operation(const RequestPtr& request, const Respond& respond,
                                 const std::shared_ptr<Started>& started) {
  const std::string& key = request->idempotency_key;
  const auto watch = [&](const OperationPtr& operation) {
    if (request->wait_s == 0) return respond(tell_operation(operation));
    const auto done = [respond, operation] { respond(operation_reply(200, *operation)); };
    started->set(operation, operations_.when_finished(operation, done));
  };
  check_if_match(*request);
  if (!key.empty())
    if (const auto known = idempotency_.begin(key, request->digest))
      return watch(operations_.find(known->at("operation").get<std::string>()));
  const OperationPtr operation = operations_.prepare(request->call.verb, object_of(request->call));
  if (!key.empty()) {
    operations_.tell(operation);
    idempotency_.finish(key, {{"operation", operation->id}});
  }
  try {
    if (request->wait_s == 0) operations_.tell(operation);
    operations_.run(operation, [this, request](Operation& running) {
      request->call.cancelled = &running.cancelled;
      request->call.progress = [this, &running](const std::string& what, int percent) {
        operations_.progress(running, what, percent);
      };
      return backend_.call(request->call);
    });
  } catch (const Error&) {
    if (!key.empty()) idempotency_.abandon(key);
    throw;
  }
  watch(operation);
}

Json Dispatcher::list_operations() const {
  Json items = Json::array();
  for (const std::string& text : operations_.texts()) items.push_back(Json::parse(text));
  return items;
}

Begun Dispatcher::begin_builtin(RequestPtr request, const Respond& respond) {
  const std::string& verb = request->call.verb;
  if (verb == "event.list" && request->follow) return FollowEvents{request->since};
  if (verb == "operation.show") return watch_operation(*request, respond);
  const bool taken = quick_.post([this, request, respond] {
    respond(guarded(request->call, [&]() -> Reply {
      if (request->call.verb == "event.list")
        return json_reply(200, events_page(backend_, request->since, request->listing.limit));
      if (request->call.verb == "operation.list")
        return json_reply(200, make_page(list_operations(), request->listing));
      const OperationPtr operation = operations_.find(request->call.path.at("id"));
      operations_.cancel(operation);
      return operation_reply(202, *operation);
    }));
  });
  if (!taken) return overloaded();
  return Pending{};
}

Begun Dispatcher::watch_operation(const Request& request, const Respond& respond) {
  const OperationPtr operation = operations_.find(request.call.path.at("id"));
  const auto show = [operation] { return text_reply(200, operation->text()); };
  if (request.wait_s == 0 || operation->finished()) return show();
  const std::uint64_t ticket = operations_.when_finished(operation, [respond, show] { respond(show()); });
  return Pending{std::chrono::seconds(request.wait_s),
                 [respond, show, operation, ticket] {
                   Operations::ignore(operation, ticket);
                   respond(show());
                 },
                 nullptr};
}

void Dispatcher::read_events(std::uint64_t since, std::size_t limit, const EventsRead& done) {
  const bool taken = quick_.post([this, since, limit, done] {
    try {
      done(event_lines(backend_, since, limit));
    } catch (...) {
      done(problem_reply(current_error()));
    }
  });
  if (!taken) done(overloaded());
}

void Dispatcher::cancel_waits() {
  const std::lock_guard lock(mutex_);
  for (const CancelFlag& flag : waits_running_) *flag = true;
}

void Dispatcher::cancel_operations() {
  operations_.cancel_all();
}

bool Dispatcher::drain(std::chrono::milliseconds timeout) {
  return quick_.drain(timeout) && waits_.drain(timeout) && operations_pool_.drain(timeout);
}

}  // namespace croft::ctl
