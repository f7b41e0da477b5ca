// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/expected.h"
#include "http/httpserver.h"
#include "sandbox/sandbox.h"

#include <QJsonObject>

namespace retryscope {

/// The control interface of the simulated providers, for programs: JSON over HTTP.
///
/// | request                     | does                                                                      |
/// | GET /                       | tells this table                                                          |
/// | GET /faults                 | every fault with its label                                                |
/// | GET /providers[/ID]         | base URL, POSTs received and the fault that is on                         |
/// | PUT /faults/ID              | switches a fault: fault, probability (0..1, 1), duration_s and count (no end) |
/// | DELETE /faults/ID           | switches it off                                                           |
/// | GET /requests[?provider=ID] | the newest thousand requests that have ended, oldest first                |
/// | DELETE /requests            | forgets them and the counts                                               |
/// | GET /speed, PUT /speed      | latency_s: the median until the first word; rate: words a second          |
void answerControl(Sandbox &sandbox, const ServedRequest &request, const ResponderPtr &responder);

QJsonObject toJson(const SandboxRequest &request);
/// Of a PUT; a sentence about what is wrong with it else.
Expected<FaultSetting, QString> faultSettingFromJson(const QJsonObject &object);
/// A name that can stand in a path: letters, digits, - and _, at most 64.
bool isProviderName(QStringView name);

} // namespace retryscope
