"""Open WebUI's export, of today and of before there were branches."""

from chat.importing import openwebui
from chat.importing.conversation import Conversation
from chat.models import Role, Status
from tests.chat.exchange.exports import BEGAN, as_json, openwebui_chat


def parsed(**fields: object) -> Conversation:
    return openwebui.parse(as_json(openwebui_chat(**fields))[1:-1])


def test_the_tree_its_models_and_its_times_are_kept() -> None:
    chat = parsed()
    question, answer, failed = chat.nodes
    assert (question.role, question.parent) == (Role.USER, None)
    assert question.text == "How hot is a kiln?\n\n[Attachment not imported: kiln.pdf]"
    assert (answer.parent, answer.text, answer.model) == ("q", "About 1,200 °C.", "Llama 3")
    assert (failed.parent, failed.status, failed.text) == ("q", Status.FAILED, "")
    assert chat.leaf == "a"
    assert (chat.id, chat.title) == ("owui-1", "Kilns")
    assert chat.created_at.timestamp() == BEGAN
    assert chat.left_out == {"attachments": 1, "reasoning": 1}


def test_a_chat_without_branches_is_a_row() -> None:
    rows = [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello"}]
    chat = parsed(chat={"title": "Old", "messages": rows, "timestamp": BEGAN * 1000})
    assert [(one.text, one.parent) for one in chat.nodes] == [("Hi", None), ("Hello", "0")]


def test_text_in_parts_is_joined_and_system_messages_are_left_out() -> None:
    rows = [
        {"role": "system", "content": "Be kind."},
        {"role": "user", "content": [{"type": "text", "text": "One"}, {"text": "two"}]},
        {"role": 7},
    ]
    chat = parsed(chat={"messages": rows})
    assert [one.text for one in chat.nodes] == ["One\ntwo"]
    assert chat.left_out == {"hidden": 1, "unreadable": 1}


def test_a_fold_that_never_ends_stays_text() -> None:
    rows = [{"role": "assistant", "content": '<details type="reasoning">' * 50}]
    assert parsed(chat={"messages": rows}).nodes[0].text.count("<details") == 50
