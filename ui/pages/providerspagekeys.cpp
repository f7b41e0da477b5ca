// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "config/provideredits.h"
#include "engine/credentials.h"
#include "keys/keyring.h"
#include "models/providertablemodel.h"
#include "pages/keyeditor.h"
#include "pages/providerspage.h"

namespace retryscope {

void ProvidersPage::setKeyRing(KeyRing *ring)
{
    m_fields->keyEditor()->setKeyRing(ring);
    if (!ring)
        return;
    connect(ring, &KeyRing::changed, this, &ProvidersPage::showDraft);
    connect(m_fields, &ProviderFieldsPanel::editingFinished, this, [this, ring] {
        if (const ProviderConfig *provider = current()) // half a name is nobody's
            ring->want(keychainNames(*provider));
    });
    connect(m_fields->keyEditor(), &KeyEditor::kept, this, &ProvidersPage::takeKey);
    connect(m_fields->keyEditor(), &KeyEditor::removed, this, &ProvidersPage::dropKey);
}

/// The keychain has it: the provider names it, in the place of an environment variable, or behind its other keys.
void ProvidersPage::takeKey(const ProviderId &id, const QString &name)
{
    const ProviderConfig *provider = m_model->at(m_model->rowOf(id));
    if (!provider)
        return;
    ProviderConfig changed = *provider;
    const QString reference = QStringLiteral("keychain:") + name;
    const auto before = referenceIn(changed.keyReference);
    if (before && before->place == KeyPlace::Keychain)
        changed.keys << reference;
    else
        changed.keyReference = reference;
    m_unread[id].remove(QStringLiteral("key"));
    push(tr("Key of %1").arg(provider->name), withProvider(m_draft.draft(), id, changed), {}, id);
    showDraft();
}

void ProvidersPage::dropKey(const ProviderId &id, const QString &name)
{
    const ProviderConfig *provider = m_model->at(m_model->rowOf(id));
    if (!provider)
        return;
    ProviderConfig changed = *provider;
    const QString reference = QStringLiteral("keychain:") + name;
    changed.keys.removeAll(reference);
    if (changed.keyReference == reference)
        changed.keyReference = changed.keys.isEmpty() ? QString() : changed.keys.takeFirst();
    push(tr("Key of %1").arg(provider->name), withProvider(m_draft.draft(), id, changed), {}, id);
    showDraft();
}

} // namespace retryscope
