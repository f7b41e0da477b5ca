// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/pagestack.h"

#include <utility>

namespace retryscope {
namespace {

/// What the hidden pages want must not hold the window open.
void setWanted(QWidget *page, bool shown)
{
    const auto policy = shown ? QSizePolicy::Preferred : QSizePolicy::Ignored;
    page->setSizePolicy(policy, policy);
}

/// A page that is put into a window goes to the end of the Tab key's way; this takes it to `place` instead.
void moveInTabOrder(const QWidget *page, QWidget *place)
{
    QVector<QWidget *> chain;
    for (QWidget *w = page->nextInFocusChain(); w != page; w = w->nextInFocusChain()) {
        if (page->isAncestorOf(w) && w->focusPolicy() != Qt::NoFocus && !w->focusProxy())
            chain.append(w);
    }
    place->setFocusPolicy(Qt::TabFocus); // or nothing can follow it
    QWidget *before = place;
    for (QWidget *w : std::as_const(chain)) {
        QWidget::setTabOrder(before, w);
        before = w;
    }
}

} // namespace

void PageStack::add(Maker make)
{
    m_makers.append(std::move(make));
    m_begins.append(nullptr);
    auto *place = new QWidget(this);
    setWanted(place, false);
    addWidget(place);
}

void PageStack::make(int page)
{
    const Maker make = std::exchange(m_makers[page], {});
    if (!make)
        return;
    QWidget *place = widget(page), *made = make();
    m_begins[page] = made->focusProxy();
    made->setFocusProxy(nullptr);
    setWanted(made, page == currentIndex());
    insertWidget(page, made);
    moveInTabOrder(made, place);
    removeWidget(place);
    delete place;
    emit this->made(made);
}

void PageStack::makeAll()
{
    for (int page = 0; page < m_makers.size(); ++page)
        make(page);
}

/// Whoever holds the focus outside the pages keeps it: a person who walks the sidebar, say.
bool PageStack::mayTakeFocus() const
{
    const QWidget *held = window()->focusWidget();
    return !held || held == window() || !held->isVisible() || isAncestorOf(held);
}

void PageStack::showPage(int page)
{
    make(page);
    const bool free = mayTakeFocus();
    if (page != currentIndex())
        setWanted(currentWidget(), false);
    QWidget *shown = widget(page);
    const bool first = !shown->focusWidget();
    setWanted(shown, true);
    setCurrentIndex(page);
    if (free && first && m_begins[page]) // later it is where it was left
        m_begins[page]->setFocus(Qt::OtherFocusReason);
}

} // namespace retryscope
